import assert from "node:assert/strict";
import test from "node:test";
import { byId, merge, read, same, write } from "../../static/producer/merge.js";

const seg = (id, rest = {}) => ({ id, unit: { zh: id, en: "" }, question: "", pledge: "", ...rest });
const ids = (rows) => rows.map((row) => row.id).join(" ");

test("the order of keys does not make a difference, everything else does", () => {
  assert.ok(same({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }));
  assert.ok(!same({ a: 1 }, { a: 1, b: undefined }));
  assert.ok(!same([1, 2], [2, 1]));
  assert.ok(!same({ a: [] }, { a: {} }));
  assert.ok(!same("1", 1));
});

test("what only one of two changed is taken from them, also in the same row", () => {
  const base = [seg("a"), seg("b")];
  const mine = [seg("a", { question: "mine" }), seg("b")];
  const theirs = [seg("a", { pledge: "theirs" }), seg("b", { question: "theirs" })];
  const { value, clashes } = merge(base, mine, theirs);
  assert.deepEqual(value, [seg("a", { question: "mine", pledge: "theirs" }), seg("b", { question: "theirs" })]);
  assert.deepEqual(clashes, []);
});

test("where both changed the same cell mine stays and theirs is kept beside it", () => {
  const { value, clashes } = merge([seg("a")], [seg("a", { unit: { zh: "mine", en: "" } })], [seg("a", { unit: { zh: "theirs", en: "" } })]);
  assert.equal(value[0].unit.zh, "mine");
  assert.deepEqual(clashes, [{ path: ["@a", "unit", "zh"], theirs: "theirs" }]);
});

test("the same change by both is no clash", () => {
  const changed = [seg("a", { question: "same" })];
  assert.deepEqual(merge([seg("a")], changed, structuredClone(changed)), { value: changed, clashes: [] });
});

test("rows that either adds are both there, each after the row it followed", () => {
  const base = [seg("a"), seg("b")];
  const { value, clashes } = merge(base, [seg("a"), seg("m"), seg("b")], [seg("a"), seg("b"), seg("t")]);
  assert.equal(ids(value), "a m b t");
  assert.deepEqual(clashes, []);
});

test("a row that one removed is gone, unless the other changed it", () => {
  const base = [seg("a"), seg("b"), seg("c")];
  const untouched = merge(base, [seg("a"), seg("b", { question: "mine" }), seg("c")], [seg("a"), seg("b")]);
  assert.equal(ids(untouched.value), "a b");
  const edited = merge(base, [seg("a"), seg("b"), seg("c", { question: "mine" })], [seg("a"), seg("b")]);
  assert.equal(ids(edited.value), "a b c");
  assert.deepEqual(edited.clashes, [{ path: ["@c"], theirs: undefined }]);
  const theirEdit = merge(base, [seg("a"), seg("b")], [seg("a"), seg("b"), seg("c", { question: "theirs" })]);
  assert.equal(ids(theirEdit.value), "a b c");
});

test("who moved rows decides the order; when both did, I do", () => {
  const base = [seg("a"), seg("b"), seg("c")];
  const edited = [seg("a"), seg("b", { question: "mine" }), seg("c")];
  assert.equal(ids(merge(base, edited, [seg("c"), seg("a"), seg("b")]).value), "c a b");
  assert.equal(ids(merge(base, [seg("b"), seg("a"), seg("c")], [seg("c"), seg("b"), seg("a")]).value), "b a c");
});

test("lists without ids are one value", () => {
  const { value, clashes } = merge({ ties: ["a"] }, { ties: ["b"] }, { ties: ["a", "c"] });
  assert.deepEqual(value, { ties: ["b"] });
  assert.deepEqual(clashes, [{ path: ["ties"], theirs: ["a", "c"] }]);
});

test("seats with the same label twice are not merged row by row: nothing may be swallowed", () => {
  const seat = (label, block) => ({ label, block });
  const mine = [seat("A-01", "A"), seat("A-01", "B")];
  const { value, clashes } = merge([seat("A-01", "A")], mine, [seat("A-01", "C")]);
  assert.deepEqual(value, mine);
  assert.equal(clashes.length, 1);
  assert.deepEqual(clashes[0].path, []);
});

test("parts are read and written by index or by id, and nothing else is touched", () => {
  const rows = [seg("a"), seg("b.1")];
  assert.equal(read(rows, "1.unit.zh"), "b.1");
  assert.equal(read(rows, ["@b.1", "unit", "zh"]), "b.1");
  assert.equal(read(rows, "7.unit.zh"), undefined);
  const after = write(rows, ["@b.1", "unit", "zh"], "new");
  assert.equal(after[1].unit.zh, "new");
  assert.equal(after[0], rows[0]);
  assert.equal(rows[1].unit.zh, "b.1");
  assert.deepEqual(write(rows, ["@a"], undefined), [rows[1]]);
  assert.equal(write(rows, "", "all"), "all");
});

test("a cell's place is named by its row's id, as clashes name it", () => {
  assert.equal(byId([seg("a"), seg("b")], "1.unit.zh"), "@b.unit.zh");
  assert.equal(byId({ panels: [{ id: "studio", weight: 1 }] }, "panels.0.weight"), "panels.@studio.weight");
  assert.equal(byId({ bands: [{ floor: 1 }] }, "bands.0.floor"), "bands.0.floor");
});
