import assert from "node:assert/strict";
import test from "node:test";
import { dayOf, hashOf, linesOf, mayRead, momentOf, placeOf, queuesFor, stepsFor, unitsOf } from "../../static/desk/state.js";
import { WORDS } from "../../static/desk/words.js";

test("a place is in the address, and what is no place is the first queue", () => {
  assert.deepEqual(placeOf("#unit/Q000001"), { queue: "unit", id: "Q000001" });
  assert.deepEqual(placeOf(""), { queue: "triage", id: "" });
  assert.deepEqual(placeOf("#nowhere/x").queue, "triage");
  for (const hash of ["#all", "#setting", "#done/Q000002"]) assert.equal(hashOf(placeOf(hash)), hash);
});

test("what is due until midnight is due on the day that ends then", () => {
  const midnight = Date.parse("2026-11-26T00:00:00+08:00");
  assert.equal(dayOf(midnight, "Asia/Shanghai"), "2026-11-25");
  assert.match(momentOf(midnight, "Asia/Shanghai"), /^2026-11-26 00:00/);
});

test("units are lines, and come back as they were", () => {
  const units = [{ id: "water", name: { zh: "水利局", en: "Water" } }, { id: "roads", name: { zh: "交通局", en: "" } }];
  assert.deepEqual(unitsOf(linesOf(units)).units, units);
  assert.deepEqual(unitsOf("\n water ，水利局，Water \n\n").units, [units[0]]);
  assert.equal(unitsOf("water, 水利局\nroads").wrong, 2);
  assert.deepEqual(unitsOf("").units, []);
});

const CASE = { steps: ["forward", "answer", "erase"], accepted_ms: 1, erased: "", may_publish: true, promoted: [] };

test("roles are offered what they may do", () => {
  assert.deepEqual(stepsFor(CASE, ["producer"]), ["answer", "forward", "promote", "pledge", "erase"]);
  const read = { ...CASE, steps: [] };
  assert.deepEqual(stepsFor(read, ["director"]), ["promote", "pledge"]);
  assert.deepEqual(stepsFor({ ...read, may_publish: false, promoted: ["pledge"] }, ["director"]), []);
  assert.deepEqual(stepsFor({ ...CASE, steps: ["return", "handle", "answer"] }, ["unit"]), ["answer", "handle", "return"]);
  assert.deepEqual(queuesFor(["unit"]), ["triage", "unit", "overdue", "done", "all"]);
  assert.deepEqual([queuesFor(["producer"]).length, queuesFor(["director"]).length], [7, 6]);
  assert.deepEqual(["producer", "director", "unit", "verifier", "media"].filter((role) => mayRead([role])), ["producer", "director", "unit"]);
  assert.deepEqual(stepsFor({ ...CASE, accepted_ms: 0 }, ["producer"]), ["answer", "forward", "erase"]);
  assert.deepEqual(stepsFor({ ...CASE, steps: ["erase"], erased: "all" }, ["producer"]), []);
});

test("every word is there in both languages, with the same places to fill", () => {
  for (const [key, { zh, en }] of Object.entries(WORDS)) {
    assert.ok(zh && en, key);
    const places = (text) => (text.match(/\{\w+\}/g) || []).sort();
    assert.deepEqual(places(zh), places(en), key);
  }
});
