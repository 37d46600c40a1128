// The seats of a studio: made by a pattern, grouped by block, checked. Pure.

import { tidy } from "./paste.js";

export const SEATS_MAX = 5000;
const LABEL_MAX = 16;

export const tidySeat = (seat) => ({ label: tidy(seat.label), block: tidy(seat.block), panel: seat.panel });

// "A-C, VIP" → ["A", "B", "C", "VIP"]; "1-3" → ["1", "2", "3"].
export function blockNames(text) {
  return text.split(/[,，、\s]+/).filter(Boolean).flatMap((part) => {
    const ends = part.match(/^([A-Za-z]|\d{1,3})[-–~～至]([A-Za-z]|\d{1,3})$/);
    return ends ? between(ends[1], ends[2]) : [part];
  });
}

function between(first, last) {
  const numbers = /^\d+$/.test(first) && /^\d+$/.test(last);
  if (!numbers && (/^\d/.test(first) || /^\d/.test(last))) return [`${first}-${last}`];
  const [from, to] = numbers ? [Number(first), Number(last)] : [first, last].map((letter) => letter.toUpperCase().charCodeAt(0));
  const steps = Array.from({ length: Math.max(to - from + 1, 0) }, (_, i) => from + i);
  return steps.map((code) => (numbers ? String(code) : String.fromCharCode(code)));
}

// {blocks: "A-J", count: 20, panel} → A-01 … J-20. Numbers are as wide as the last one, two at least.
export function seatsByPattern({ blocks, count, panel }) {
  const width = Math.max(String(count).length, 2);
  return blockNames(blocks).flatMap((block) =>
    Array.from({ length: count }, (_, i) => ({ label: `${block}-${String(i + 1).padStart(width, "0")}`, block, panel })));
}

// The seats with those that are not there yet put in: by block, each after its block's last seat.
export function addSeats(seats, more) {
  const known = new Set(seats.map((seat) => seat.label));
  const after = [...seats];
  for (const seat of more) {
    if (known.has(seat.label)) continue;
    known.add(seat.label);
    const last = after.map((other) => other.block).lastIndexOf(seat.block);
    after.splice(last < 0 ? after.length : last + 1, 0, seat);
  }
  return after;
}

// [{block, seats, joined}] in the order in which blocks first appear.
export function byBlock(seats) {
  const blocks = new Map();
  for (const seat of seats) {
    if (!blocks.has(seat.block)) blocks.set(seat.block, { block: seat.block, seats: [], joined: 0 });
    const group = blocks.get(seat.block);
    group.seats.push(seat);
    group.joined += seat.joined ? 1 : 0;
  }
  return [...blocks.values()];
}

// {"3.label": {key, values}}: every cell that the server would refuse.
export function checkSeats(seats, panels) {
  const wrong = {};
  const first = new Map();
  seats.forEach((seat, i) => {
    const label = tidy(seat.label);
    if (!label) wrong[`${i}.label`] = { key: "label_missing" };
    else if ([...label].length > LABEL_MAX) wrong[`${i}.label`] = { key: "label_long", values: { limit: LABEL_MAX } };
    else if (first.has(label)) wrong[`${i}.label`] = { key: "label_twice", values: { row: first.get(label) + 1 } };
    else first.set(label, i);
    if (!panels.includes(seat.panel)) wrong[`${i}.panel`] = { key: "panel_unknown", values: { panel: seat.panel } };
  });
  return wrong;
}
