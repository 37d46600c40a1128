// The parts of the OGraf graphic that need no browser: fields, steps, the schedule, what is made.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FIELDS, defaults, isTrue, linkOf, valuesOf } from "../../static/overlay/fields.js";
import { facesOf } from "../../static/overlay/fonts.js";
import { asked, viewOf } from "../../static/overlay/given.js";
import { KINDS, picturesOf } from "../../static/overlay/picture.js";
import { EMPTY } from "../../static/overlay/state.js";
import { targetOf } from "../../static/ograf/steps.js";
import { COARSE_MS, FINE_MS, MOVING_MS, NEAR_MS, nextStep, scheduleOf } from "../../static/ograf/schedule.js";
import { MADE, manifest } from "./made.mjs";

const ROOT = new URL("../../", import.meta.url);

test("what is made from the fields is what the repository holds", () => {
  for (const path of Object.keys(MADE)) {
    assert.equal(readFileSync(new URL(path, ROOT), "utf8"), MADE[path](), path + ": run node tests/static/made.mjs");
  }
});

test("the manifest offers what the overlay takes, and every graphic that it draws", () => {
  const { properties } = manifest().schema;
  assert.deepEqual(Object.keys(properties), Object.keys(FIELDS));
  const drawn = { ...EMPTY, view: viewOf(defaults(), 0) };
  for (const kind of KINDS) {
    drawn.view.programme[0].kind = kind;
    assert.equal(picturesOf(drawn, "programme", 0, "zh").length, 1, kind);
  }
  assert.deepEqual(properties.graphic.enum, ["programme", ...KINDS]);
  assert.ok(["bar", "side", "call", "pledge", "countdown", "result", "board"].every((kind) => KINDS.includes(kind)));
});

test("values come as strings, as nothing, or wrong, and are read all the same", () => {
  const given = { n: "42", N: 200, unit: "undefined", post: "null", language: "klingon", graphic: "call", foreign: 1, figure: 79.5 };
  const values = valuesOf({}, given);
  assert.deepEqual(values, { ...defaults(), n: 42, N: 200, graphic: "call", figure: "79.5" });
  assert.deepEqual(valuesOf(values, undefined), values);
  assert.deepEqual(valuesOf(values, "text"), values);
  assert.equal(valuesOf(values, { n: "-1" }).n, 0);
  assert.equal(valuesOf(values, { n: "many" }).n, 0);
  assert.equal(valuesOf(values, { post: "x" }).n, 42, "partial");
  for (const yes of [true, 1, "1", "true", "TRUE"]) assert.ok(isTrue(yes), String(yes));
  for (const no of [false, 0, "0", "false", "", undefined, null, {}]) assert.ok(!isTrue(no), String(no));
});

test("a link is one of an overlay, or none", () => {
  assert.deepEqual(linkOf("https://vote.test:8750/overlay?episode=e1#tok"), { origin: "https://vote.test:8750", episode: "e1", token: "tok" });
  for (const wrong of ["", "vote.test", "javascript:alert(1)", "file:///x"]) assert.equal(linkOf(wrong), null, wrong);
});

test("the target step is goto, else delta from where it stands", () => {
  const cases = [
    [undefined, {}, 0], [0, {}, undefined], [undefined, { goto: 0 }, 0], [0, { goto: "0" }, 0], [0, { goto: 1 }, undefined],
    [0, { goto: -1 }, undefined], [0, { delta: 0 }, 0], [undefined, { delta: 2 }, undefined], [0, { delta: -1 }, undefined],
    [undefined, { delta: "nonsense" }, 0], [undefined, { goto: null, delta: "1" }, 0],
  ];
  for (const [step, given, target] of cases) assert.equal(targetOf(step, given), target, JSON.stringify([step, given]));
});

test("a schedule is put in order, and what is no action is left out", () => {
  const action = { type: "playAction" };
  const given = [{ timestamp: 200, action }, { timestamp: "100", action }, { timestamp: 1 }, null, { timestamp: "x", action }];
  assert.deepEqual(scheduleOf(given).map((entry) => entry.at_ms), [100, 200]);
  assert.deepEqual(scheduleOf("nonsense"), []);
});

// The moments that are drawn on a way with these stops.
function walk(schedule, stops) {
  const drawn = [0];
  for (const stop of stops) {
    for (let next = nextStep(schedule, drawn.at(-1), stop); next !== null; next = nextStep(schedule, next, stop)) drawn.push(next);
  }
  return drawn;
}

test("moments drawn depend on the schedule, not on where one stops on the way", () => {
  const schedule = scheduleOf([{ timestamp: 33, action: {} }, { timestamp: 4000, action: {} }]);
  const whole = walk(schedule, [NEAR_MS]);
  assert.equal(whole[1], FINE_MS);
  assert.equal(whole.at(-1) - whole.at(-2), COARSE_MS);
  // What moves is drawn at each of its moments, on any way.
  const moving = (at) => at <= 33 + MOVING_MS || (at >= 4000 && at <= 4000 + MOVING_MS);
  const stopped = walk(schedule, [17, 33, 1234, 3999, 4001, 9999, NEAR_MS]);
  assert.deepEqual(stopped.filter(moving), whole.filter(moving));
  assert.equal(stopped.at(-1), whole.at(-1));
  assert.ok(whole.includes(33) && whole.includes(4000));
});

test("any moment of a long schedule is reached in few steps, by way of every action", () => {
  const actions = Array.from({ length: 100 }, (_, i) => ({ timestamp: 60_000 * i + 7, action: {} }));
  const schedule = scheduleOf(actions);
  for (const end of [3_600_000, 5_940_007, 86_400_000_000]) {
    const drawn = walk(schedule, [end]);
    assert.ok(drawn.length < 100 * (2 * MOVING_MS / COARSE_MS + 2) + (NEAR_MS + MOVING_MS) / FINE_MS, end + ": " + drawn.length);
    for (const { at_ms } of schedule.filter((entry) => entry.at_ms <= end)) assert.ok(drawn.includes(at_ms));
    assert.equal(drawn.at(-1), walk(schedule, [1_000_000, end - 1234, end]).at(-1), "one grid");
    assert.ok(drawn.at(-1) > end - COARSE_MS);
  }
});

test("given values make every graphic, and a wrong figure makes none", () => {
  for (const graphic of manifest().schema.properties.graphic.enum) {
    for (const figure of ["79.5", "", "101", "abc"]) {
      const values = valuesOf({}, { graphic, figure, unit: "水利局", n: 4, N: 200, countdown_s: 60, phase: "revealed" });
      const [picture] = picturesOf({ ...EMPTY, view: viewOf(values, 0) }, "programme", 1000, "both");
      assert.equal(picture.kind, graphic === "programme" ? "bar" : graphic);
      if (graphic === "bar") assert.equal(picture.figure.text, figure === "79.5" ? figure : "");
    }
  }
});

test("who votes, without a server, is the room of N or viewers, who are told where", () => {
  const call = (given) => picturesOf({ ...EMPTY, view: viewOf(valuesOf({}, { graphic: "call", n: 4, address: "https://v.test/", ...given }), 0) }, "programme", 0, "en")[0];
  const [room, viewers] = [call({ N: 200 }), call({})];
  assert.equal(room.inviting, false);
  assert.deepEqual(room.turnout.map(({ key, n, N }) => [key, n, N]), [["n", 4, 200]]);
  assert.equal(viewers.inviting, true);
  assert.equal(viewers.address, "v.test");
  assert.deepEqual(viewers.turnout.map(({ key, n, N }) => [key, n, N]), [["online", 4, 0]]);
});

test("a host's choice and texts stand over what livevote has on air", () => {
  const view = viewOf(valuesOf({}, { unit: "水利局", pledge: "水质", graphic: "bar" }), 0);
  assert.deepEqual(asked(view, defaults()), view);
  const [graphic] = asked(view, valuesOf({}, { graphic: "result", unit: "财政局" })).programme;
  assert.equal(graphic.kind, "result");
  assert.equal(graphic.segment.unit.zh, "财政局");
  assert.equal(graphic.segment.pledge, "水质");
  assert.equal(asked({ ...view, programme: [] }, valuesOf({}, { graphic: "call" })).programme[0].run, null);
});

test("every slice of the font is given to the document", () => {
  const sheet = readFileSync(new URL("static/vendor/noto-sans-sc-5.3.1/wght.css", ROOT), "utf8");
  const faces = facesOf(sheet, "http://x.test/v/");
  assert.equal(faces.length, 101);
  for (const { source, range } of faces) {
    assert.match(source, /^http:\/\/x\.test\/v\/files\/.*\.woff2$/);
    assert.match(range, /^U\+/i);
  }
});
