import assert from "node:assert/strict";
import test from "node:test";
import { isTable, parseTable, spread, tidy } from "../../static/producer/paste.js";

test("rows and cells as Excel, WPS and LibreOffice put them on the clipboard", () => {
  assert.deepEqual(parseTable("a\tb\r\nc\td\r\n"), [["a", "b"], ["c", "d"]]);
  assert.deepEqual(parseTable("a\t\tb\n\t\tc"), [["a", "", "b"], ["", "", "c"]]);
  assert.deepEqual(parseTable("one"), [["one"]]);
  assert.deepEqual(parseTable(""), [[""]]);
});

test("a cell in quotes may hold tabs, lines and quotes", () => {
  assert.deepEqual(parseTable('"为什么 ""整改""\n两年？"\t"a\tb"\nc\t"d"\n'), [['为什么 "整改"\n两年？', "a\tb"], ["c", "d"]]);
});

test("a quote that only begins a sentence is a quote", () => {
  assert.deepEqual(parseTable('"近期"是多久\tb'), [['"近期"是多久', "b"]]);
  assert.deepEqual(parseTable('"never closed\tb\nc'), [['"never closed', "b"], ["c"]]);
});

test("lines are cells in a column of names and a paragraph in a column of text", () => {
  assert.equal(isTable("one", false, false), false);
  assert.equal(isTable("one\n", false, false), false);
  assert.equal(isTable("甲\n乙\n", false, false), true);
  assert.equal(isTable("first line\nsecond line", false, true), false);
  assert.equal(isTable("first line\nsecond line", true, true), true);
  assert.equal(isTable("a\tb", false, true), true);
  // A single quoted cell with a line break is one cell.
  assert.equal(isTable('"a\nb"', true, true), false);
});

const COLUMNS = [{ key: "unit.zh" }, { key: "film" }, { key: "panel", options: [{ value: "studio", name: "现场群众代表" }] }];
const fresh = () => ({ unit: { zh: "", en: "kept" }, film: "", panel: "studio" });

test("cells go right and down from the place, and rows are added below", () => {
  const start = [fresh(), fresh()];
  const { rows, dropped } = spread(start, COLUMNS, 1, 0, [["甲", "片一"], ["乙", " 片\n二 "]], fresh);
  assert.equal(rows.length, 3);
  assert.equal(rows[0], start[0]);
  assert.deepEqual(rows[1], { unit: { zh: "甲", en: "kept" }, film: "片一", panel: "studio" });
  assert.equal(rows[2].film, "片 二");
  assert.equal(dropped, 0);
  assert.equal(start[1].unit.zh, "");
});

test("cells beyond the last column are counted, empty ones are not", () => {
  const { rows, dropped } = spread([fresh()], COLUMNS, 0, 1, [["片", "studio", "x", "", " "]], fresh);
  assert.equal(rows[0].film, "片");
  assert.equal(dropped, 1);
});

test("an option is taken by value or by name; anything else leaves it as it was", () => {
  const paste = (cell) => spread([{ ...fresh(), panel: "experts" }], COLUMNS, 0, 2, [[cell]], fresh).rows[0].panel;
  assert.equal(paste("studio"), "studio");
  assert.equal(paste("现场群众代表"), "studio");
  assert.equal(paste("没有的团"), "experts");
});

test("text is kept as the server keeps it", () => {
  assert.equal(tidy("  a \n\t b　c "), "a b c");
});
