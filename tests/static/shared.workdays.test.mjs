import assert from "node:assert/strict";
import test from "node:test";

globalThis.location = { search: "?lang=en" };
globalThis.localStorage = { getItem: () => null, setItem: () => {} };
const { workdaysText } = await import("../../static/shared/workdays.js");
const told = (due, found) => workdaysText(due, { today: "2026-09-24", calendar_known: true, last_day: due, ...found });

test("a date says how many working days it is to it, and where it is a day off, to which it runs", () => {
  assert.equal(told("2026-09-30", { workdays: 4 }), "= in 4 working days");
  assert.equal(told("2026-09-28", { workdays: 1 }), "= in 1 working day");
  assert.equal(told("2026-09-24", { workdays: 0 }), "= today");
  assert.equal(told("2026-09-23", { workdays: -1 }), "= 1 working day ago");
  assert.equal(told("2026-09-18", { today: "2026-09-19", workdays: 0 }), "= 0 working days ago");
  assert.equal(told("2026-10-01", { workdays: 5, last_day: "2026-10-08" }), "= in 5 working days · on a day off; runs to 2026-10-08");
  assert.match(told("2031-03-03", { workdays: 99, calendar_known: false }), /holidays of 2031 are not published yet/);
});
