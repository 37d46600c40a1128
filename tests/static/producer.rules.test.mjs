import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { checkRules, choices, estimatorInWords, freshPanel, presetOf, rulesInWords, weightShare } from "../../static/producer/scoring.js";
import { refusalText } from "../../static/shared/refusals.js";

const file = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
// The same cases hold livevote/export/rules_text.py, in tests/web/test_record.py.
const CASES = JSON.parse(file("tests/web/rules_in_words.json"));

for (const { name, rules, zh, en } of CASES) {
  test(`rules in words: ${name}`, () => {
    assert.deepEqual(rulesInWords(rules, "zh"), zh);
    assert.deepEqual(rulesInWords(rules, "en"), en);
  });
}

test("half-typed rules are put in words without falling over", () => {
  const rules = structuredClone(CASES[0].rules);
  rules.panels[0].weight = "7x";
  rules.scale = { ...rules.scale, kind: "numbers", high: "1e", step: "" };
  rules.bands[0].floor = "";
  rules.duration_ms = "abc";
  for (const lang of ["zh", "en"]) assert.equal(rulesInWords(rules, lang).length, 12);
  assert.deepEqual(choices(rules.scale, "zh"), []);
});

test("weights are shares of what counts", () => {
  const panel = (weight, role = "counting") => ({ weight, role });
  const share = (...panels) => weightShare(panels[0], { panels });
  assert.equal(share(panel(700), panel(300)), "70");
  assert.equal(share(panel(1), panel(2)), "33.3");
  assert.equal(share(panel(2), panel(1)), "66.7");
  assert.equal(share(panel(500), panel(300, "advisory")), "100");
  assert.equal(share(panel("x"), panel(300)), "–");
});

test("a scale is a preset only if it is exactly that", () => {
  const { scale } = CASES[0].rules;
  assert.equal(presetOf(structuredClone(scale), { satisfaction: scale }), "satisfaction");
  assert.equal(presetOf({ ...scale, labels: scale.labels.slice(1) }, { satisfaction: scale }), "");
});

test("a trimmed mean that trims nothing is a mean", () => {
  const { scale } = CASES[0].rules;
  assert.equal(estimatorInWords({ kind: "trimmed_mean", trim_percent: 0, share_of: [] }, scale, "en"), "mean");
});

test("a new panel does not count yet and has an id of its own", () => {
  assert.equal(freshPanel(["studio"]).role, "advisory");
  assert.notEqual(freshPanel(["experts", "questioners"]).id, freshPanel(["experts"]).id);
  assert.match(freshPanel(["experts", "questioners", "guests"]).id, /^[a-z]\w*$/);
});

test("a field that holds no whole number is named at its place", () => {
  const rules = structuredClone(CASES[0].rules);
  assert.deepEqual(checkRules(rules), {});
  rules.panels[1].weight = "6x";
  rules.grace_ms = 1500.5;
  rules.scale.labels[0].points = "";
  assert.deepEqual(Object.keys(checkRules(rules)).sort(), ["grace_ms", "panels.1.weight", "scale.labels.0.points"]);
});

test("every refusal that a producer can meet has its Chinese", () => {
  const command = file("livevote/core/command.py");
  const before = command.slice(command.indexOf("# --- before the show ---"), command.indexOf("# --- the runs ---"));
  const follow_up = ["core/ledger", "core/pledge", "core/workdays"];
  const named = ["core/rules", "core/scale", "core/rehearsal", "web/rehearsals", ...follow_up].map((name) => file(`livevote/${name}.py`));
  const sources = [before, ...named].join("\n");
  const raised = [...sources.matchAll(/raise (?:BadInput|NotFound|NotAllowed|WrongPhase|ValueError)\(\s*(f?)"([^"]+)"/g)];
  assert.ok(raised.length > 30, `only ${raised.length} refusals found: has the source changed its form?`);
  for (const [, formatted, text] of raised) {
    const message = formatted ? text.replace(/\{[^}]+\}/g, "7") : text;
    assert.match(refusalText(message, "zh"), /[\u4e00-\u9fff]/, `no Chinese for: ${message}`);
    assert.equal(refusalText(message, "en"), message);
  }
});

test("values in a refusal are kept, and an unknown one is shown as it came", () => {
  assert.equal(refusalText("seat C-14 is there twice", "zh"), "席位 C-14 出现了两次");
  assert.equal(refusalText("something new", "zh"), "something new");
});

test("of a message in both languages one is shown", () => {
  const message = "找不到“单位 Unit”列；第一行是：甲、B。 There is no column 'Unit'; the first row has: 甲、B.";
  assert.equal(refusalText(message, "zh"), "找不到“单位 Unit”列；第一行是：甲、B。");
  assert.equal(refusalText(message, "en"), "There is no column 'Unit'; the first row has: 甲、B.");
});
