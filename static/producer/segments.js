// The rows of a rundown: fresh ones, what is wrong with them, and rows from a file. Pure but for
// the chance that makes ids.

import { read } from "./merge.js";
import { tidy } from "./paste.js";

export const FIELDS = ["unit.zh", "unit.en", "post.zh", "post.en", "film", "question", "pledge", "due", "target"];
const NAME_MAX = 120;
const TEXT_MAX = 2000;
const limit = (field) => (field.includes(".") ? NAME_MAX : TEXT_MAX);

// Ten characters of base 32: short to read in a log, and never met twice in an episode.
export function freshId() {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return Array.from(crypto.getRandomValues(new Uint8Array(10)), (byte) => letters[byte % 32]).join("");
}

export const freshSegment = () => ({
  id: freshId(), unit: { zh: "", en: "" }, post: { zh: "", en: "" }, film: "", question: "", pledge: "", due: "", target: "",
});

const names = (pair) => ({ zh: tidy(pair.zh), en: tidy(pair.en) });

export const tidySegment = (row) => ({
  id: row.id, unit: names(row.unit), post: names(row.post),
  film: tidy(row.film), question: tidy(row.question), pledge: tidy(row.pledge), due: tidy(row.due), target: tidy(row.target),
});

export const isBlank = (row) => FIELDS.every((field) => !tidy(read(row, field)));

export const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

// {"3.unit.zh": {key, values}}: every cell that the server would refuse.
export function checkSegments(rows) {
  const wrong = {};
  rows.forEach((row, i) => {
    if (!tidy(row.unit.zh) && !tidy(row.unit.en)) wrong[`${i}.unit.zh`] = { key: "unit_missing" };
    for (const field of FIELDS) {
      const length = [...tidy(read(row, field))].length;
      if (field === "due" && length && !isDay(tidy(row.due))) wrong[`${i}.due`] = { key: "no_day" };
      else if (length > limit(field)) wrong[`${i}.${field}`] = { key: "too_long", values: { limit: limit(field), length } };
    }
  });
  return wrong;
}

const likeness = (row) => [row.unit.zh || row.unit.en, row.post.zh || row.post.en].map(tidy).join("\n");

// Rows of a file as segments. A row with the unit and post of a segment that is there takes its
// id, and with it its runs. replace: the file is the rundown, but segments in `pinned` stay.
export function adopt(rows, imported, replace, pinned) {
  const free = [...rows];
  const taken = imported.map((row) => {
    const blank = freshSegment();
    const full = { ...blank, ...row, unit: { ...blank.unit, ...row.unit }, post: { ...blank.post, ...row.post } };
    const place = replace ? free.findIndex((old) => likeness(old) === likeness(full)) : -1;
    return { ...full, id: place < 0 ? blank.id : free.splice(place, 1)[0].id };
  });
  if (!replace) return [...rows, ...taken];
  return [...taken, ...free.filter((row) => pinned.has(row.id))];
}
