import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { vagueIn } from "../../static/shared/vague.js";
import { LOOKS, NEEDS_NOTE, chosen, daysIn, maySee, mayImport, unitsOf } from "../../static/ledger/state.js";
import { deliveryPicture, lookbackPicture } from "../../static/overlay/ledger.js";
import { speaker } from "../../static/overlay/language.js";

const words = (text) => vagueIn(text).map(({ word }) => word);
const python = (name) => readFileSync(new URL(`../../livevote/${name}.py`, import.meta.url), "utf8");

test("words that cannot be checked later are found, each once, with what to ask", () => {
  assert.deepEqual(words("我们将尽快整改，近期公布，尽快"), ["近期", "尽快"]);
  assert.deepEqual(words("We will act Soon"), ["soon"]);
  assert.deepEqual(words("as soon as possible"), ["as soon as possible"]);
  assert.deepEqual(words("2027年3月31日前完成; no sooner than May"), []);
  assert.deepEqual(words("力争逐步解决"), ["逐步", "力争"]);
  for (const { ask } of vagueIn("尽快、进一步、力争")) assert.ok(ask.zh && ask.en);
  assert.notDeepEqual(...vagueIn("尽快、力争").map(({ ask }) => ask));
});

test("every state has a shape, and the moves that need words are the server's", () => {
  const pledge = python("core/pledge");
  const states = [...pledge.match(/class State[\s\S]*?class Move/)[0].matchAll(/= "(\w+)"/g)].map(([, name]) => name);
  assert.deepEqual(Object.keys(LOOKS).sort(), states.sort());
  const needs = [...pledge.match(/NEEDS_NOTE = frozenset\(([\s\S]*?)\)/)[1].matchAll(/Move\.(\w+)/g)].map(([, name]) => name.toLowerCase());
  assert.deepEqual([...NEEDS_NOTE].sort(), needs.sort());
});

const pledge = (number, unit, stands, text = "x") => ({
  number, unit: { zh: unit, en: "" }, post: { zh: "", en: "" }, stands, text, target: "", question: "",
});

test("pledges are found by unit, state and any of their words", () => {
  const all = [pledge(1, "水利局", "overdue", "打通断头河"), pledge(2, "住建局", "made"), pledge(3, "水利局", "made")];
  const numbers = (filter) => chosen(all, { text: "", unit: "", state: "", ...filter }).map((one) => one.number);
  assert.deepEqual(numbers({}), [1, 2, 3]);
  assert.deepEqual(numbers({ unit: "水利局" }), [1, 3]);
  assert.deepEqual(numbers({ state: "made" }), [2, 3]);
  assert.deepEqual(numbers({ text: " 断头河 " }), [1]);
  assert.deepEqual(numbers({ text: "№ 2" }), [2]);
  assert.equal(unitsOf(all).length, 2);
});

test("days are read one by one or as a span, and nothing else is a day", () => {
  assert.deepEqual(daysIn("2027-10-01 至 2027-10-03\n2027-01-01"), ["2027-01-01", "2027-10-01", "2027-10-02", "2027-10-03"]);
  assert.deepEqual(daysIn("2027-02-28 to 2027-03-01, 2027-02-28"), ["2027-02-28", "2027-03-01"]);
  for (const text of ["1月1日", "2027-13-01", "2027-10-03 至 2027-10-01", "2027-01-01 至 2028-01-01"]) assert.throws(() => daysIn(text));
});

test("who sees which part", () => {
  assert.equal(maySee(null, "today"), false);
  assert.equal(maySee(null, "pledges"), true);
  assert.equal(maySee({ roles: ["unit"] }, "today"), true);
  assert.equal(maySee({ roles: ["unit"] }, "files"), false);
  assert.equal(mayImport({ roles: ["producer"] }), false);
});

// --- on air ---

const LOOK = {
  text: "打通断头河", due: "2026-11-30", dues: ["2026-09-30"], state: "overdue", days_late: 1234, evidence: 2, difference: "-12.5",
  then: { unit: "points", figure: "72.5", level: "mid", level_name: { zh: "基本满意", en: "Fair" }, n: 188, N: 200, online: 5 },
  now: { figure: "60.0", level: "poor", level_name: { zh: "不满意", en: "Poor" }, n: 190, N: 200, online: 0 },
};
const look = (changes) => lookbackPicture({ segment: { lookback: { ...LOOK, ...changes } } }, {}, speaker("zh"));

test("the look-back card says the server's figures and subtracts nothing", () => {
  const picture = look({ difference: "a figure of the server's" });
  assert.equal(picture.difference.text, "a figure of the server's");
  assert.deepEqual([picture.then.figure, picture.now.figure], ["72.5", "60.0"]);
  assert.equal(picture.then.about, "投票 188 / 200");
  assert.deepEqual(picture.facts.map((fact) => fact.text), ["2026-11-30", "2026-09-30", "1,234 天", "2 份"]);
  assert.equal(picture.state.name.main, "逾期未完成");
});

test("without a score of now, or of then, the card says so", () => {
  assert.equal(look({ now: null, difference: "" }).now.about, "待再次评分");
  assert.equal(look({ now: null, difference: "" }).difference, null);
  assert.equal(look({ then: null, now: null, difference: "" }).then.about, "当时未评分");
  assert.equal(lookbackPicture({ segment: null }, {}, speaker("zh")).promise, "");
});

test("the board by delivery has a rank, n of N and a percentage in each row", () => {
  const view = { episode: { show: {}, title: {} }, deliveries: [
    { rank: 1, unit: { zh: "水利局", en: "Water" }, kept: 3, due: 4, in_time: 2, days_late: 9, percent: "75.0" },
    { rank: 0, unit: { zh: "住建局", en: "" }, kept: 0, due: 0, in_time: 0, days_late: 0, percent: "" },
  ] };
  const [first, second] = deliveryPicture(view, {}, speaker("both")).rows;
  assert.deepEqual([first.rank, first.studio, first.figure, first.gold], ["1", "3 / 4", "75.0", true]);
  assert.deepEqual([second.rank, second.figure, second.none], ["–", "", { main: "–", sub: "" }]);
});
