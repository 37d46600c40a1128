import assert from "node:assert/strict";
import test from "node:test";
import { adopt, checkSegments, freshId, freshSegment, tidySegment } from "../../static/producer/segments.js";
import { addSeats, blockNames, byBlock, checkSeats, seatsByPattern } from "../../static/producer/seats.js";

const row = (id, unit, post = "", rest = {}) => ({ ...freshSegment(), id, unit: { zh: unit, en: "" }, post: { zh: post, en: "" }, ...rest });

test("fresh ids are short, plain and different", () => {
  const ids = Array.from({ length: 500 }, freshId);
  assert.equal(new Set(ids).size, 500);
  ids.forEach((id) => assert.match(id, /^[a-z2-9]{10}$/));
});

test("every cell that the server would refuse is named, not only the first", () => {
  const rows = [row("a", "甲"), row("b", " "), row("c", "长".repeat(121), "", { question: "问".repeat(2001) })];
  const wrong = checkSegments(rows);
  assert.deepEqual(Object.keys(wrong).sort(), ["1.unit.zh", "2.question", "2.unit.zh"]);
  assert.deepEqual(wrong["2.question"], { key: "too_long", values: { limit: 2000, length: 2001 } });
});

test("an English unit alone is enough, and length counts characters as the server does", () => {
  assert.deepEqual(checkSegments([{ ...row("a", ""), unit: { zh: "", en: "Bureau" } }]), {});
  // 120 characters of two UTF-16 units each.
  assert.deepEqual(checkSegments([row("a", "😀".repeat(120))]), {});
});

test("a file that replaces the rundown keeps the ids of units that stay, and scored segments", () => {
  const rows = [row("a", "台州市水利局", "局长"), row("b", "路桥区", "区长"), row("c", "椒江区", "区长")];
  const file = [row("x", "路桥区 ", "区长", { question: "新" }), row("y", "黄岩区", "区长")];
  const after = adopt(rows, file, true, new Set(["c"]));
  assert.deepEqual(after.map((one) => one.unit.zh.trim()), ["路桥区", "黄岩区", "椒江区"]);
  assert.equal(after[0].id, "b");
  assert.equal(after[0].question, "新");
  assert.ok(!["a", "b", "c", "y"].includes(after[1].id));
  assert.equal(after[2].id, "c");
});

test("the same unit twice in a file gets two ids", () => {
  const after = adopt([row("a", "甲")], [row("", "甲"), row("", "甲")], true, new Set());
  assert.equal(after[0].id, "a");
  assert.notEqual(after[1].id, "a");
});

test("a file that is added changes no row that is there", () => {
  const rows = [row("a", "甲")];
  const after = adopt(rows, [{ unit: { zh: "甲" } }], false, new Set());
  assert.equal(after[0], rows[0]);
  assert.equal(after.length, 2);
  assert.notEqual(after[1].id, "a");
  assert.deepEqual(after[1].unit, { zh: "甲", en: "" });
});

test("a tidied row has nothing but the fields of a segment", () => {
  assert.deepEqual(tidySegment({ ...row("a", " 甲  乙 "), position: 3, of: 9 }), row("a", "甲 乙"));
});

test("blocks by range, list and name", () => {
  assert.deepEqual(blockNames("A-D, VIP"), ["A", "B", "C", "D", "VIP"]);
  assert.deepEqual(blockNames("a-c"), ["A", "B", "C"]);
  assert.deepEqual(blockNames("1至3，5"), ["1", "2", "3", "5"]);
  assert.deepEqual(blockNames(" "), []);
  assert.deepEqual(blockNames("C-A"), []);
  assert.deepEqual(blockNames("A-3"), ["A-3"]);
});

test("ten blocks of twenty are two hundred seats, numbered so that they sort", () => {
  const seats = seatsByPattern({ blocks: "A-J", count: 20, panel: "studio" });
  assert.equal(seats.length, 200);
  assert.deepEqual(seats[0], { label: "A-01", block: "A", panel: "studio" });
  assert.deepEqual(seats[199], { label: "J-20", block: "J", panel: "studio" });
  assert.equal(seatsByPattern({ blocks: "A", count: 100, panel: "p" })[0].label, "A-001");
});

test("seats that are there stay as they are, new ones join their block", () => {
  const there = [{ label: "A-01", block: "A", panel: "experts" }, { label: "B-01", block: "B", panel: "studio" }];
  const after = addSeats(there, seatsByPattern({ blocks: "A-B", count: 2, panel: "studio" }));
  assert.deepEqual(after.map((seat) => seat.label), ["A-01", "A-02", "B-01", "B-02"]);
  assert.equal(after[0].panel, "experts");
});

test("blocks know how many have joined", () => {
  const groups = byBlock([{ label: "1", block: "B", joined: true }, { label: "2", block: "", joined: false }, { label: "3", block: "B", joined: false }]);
  assert.deepEqual(groups.map(({ block, seats, joined }) => [block, seats.length, joined]), [["B", 2, 1], ["", 1, 0]]);
});

test("seats that the server would refuse are named at their cells", () => {
  const seat = (label, panel = "studio") => ({ label, block: "A", panel });
  const wrong = checkSeats([seat("A-01"), seat(" A-01 "), seat(""), seat("x".repeat(17)), seat("B-01", "nobody")], ["studio"]);
  assert.deepEqual(Object.fromEntries(Object.entries(wrong).map(([place, { key }]) => [place, key])), {
    "1.label": "label_twice", "2.label": "label_missing", "3.label": "label_long", "4.panel": "panel_unknown",
  });
  assert.equal(wrong["1.label"].values.row, 1);
});
