// The parts of the OGraf graphic that need no browser: fields, steps, the schedule, what is made.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { FIELDS, defaults, isTrue, linkOf, valuesOf } from "../../static/overlay/fields.js";
import { facesOf } from "../../static/overlay/fonts.js";
import { asked, viewOf } from "../../static/overlay/given.js";
import { picturesOf } from "../../static/overlay/picture.js";
import { EMPTY } from "../../static/overlay/state.js";
import { targetOf } from "../../static/ograf/steps.js";
import { COARSE_MS, FINE_MS, MOVING_MS, nextStep, scheduleOf } from "../../static/ograf/schedule.js";
import { MADE, manifest } from "./made.mjs";

const ROOT = new URL("../../", import.meta.url);

test("what is made from the fields is what the repository holds", () => {
  for (const path of Object.keys(MADE)) {
    assert.equal(readFileSync(new URL(path, ROOT), "utf8"), MADE[path](), path + ": run node tests/static/made.mjs");
  }
});

// The rules of the specification for what we use of it, in our words.
test("the manifest keeps the rules of OGraf", () => {
  const made = manifest();
  assert.match(made.id, /^[a-z][a-z0-9]*-[a-z0-9-]+$/, "a custom element's name, no slash");
  for (const name of ["$schema", "name", "main", "version"]) assert.equal(typeof made[name], "string", name);
  assert.ok(made.supportsRealTime && made.supportsNonRealTime);
  assert.deepEqual(Object.keys(made.schema.properties), Object.keys(FIELDS));
  for (const [name, property] of Object.entries(made.schema.properties)) {
    assert.equal(typeof property.default, property.type === "integer" ? "number" : property.type, name);
    assert.ok(property.title, name);
    if (property.gddType !== "select") continue;
    assert.ok(property.enum.includes(property.default), name);
    assert.deepEqual(Object.keys(property.gddOptions.labels), property.enum, name);
  }
  for (const action of made.customActions) assert.ok(action.id && action.name);
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

test("moments drawn depend on the schedule, not on where one stops on the way", () => {
  const schedule = scheduleOf([{ timestamp: 33, action: {} }, { timestamp: 4000, action: {} }]);
  const walk = (stops) => {
    const drawn = [0];
    for (const stop of stops) {
      for (let next = nextStep(schedule, drawn.at(-1), stop); next !== null; next = nextStep(schedule, next, stop)) drawn.push(next);
    }
    return drawn;
  };
  const whole = walk([10_000]);
  assert.deepEqual(walk([17, 33, 1234, 3999, 4001, 9999, 10_000]), whole);
  assert.ok(whole.includes(33) && whole.includes(4000));
  assert.equal(whole[1], FINE_MS);
  assert.equal(whole.at(-1) - whole.at(-2), COARSE_MS);
  const most = (2 * MOVING_MS) / FINE_MS + MOVING_MS / FINE_MS + 10_000 / COARSE_MS;
  assert.ok(whole.length <= most);
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
