// The live bar: who is scored, what was promised, the rolling figure, and each panel's part.

import { filledBar } from "./bars.js";
import { identity } from "./identity.js";
import { roller } from "./motion.js";
import { panelRow } from "./panels.js";
import { chip, el, figure, legend, list, mode, pair, shown, statusTag, turnouts } from "./parts.js";

const UNIT = 56;
const FIGURE = 120;

export function create() {
  const status = statusTag();
  const note = pair("note");
  const kinds = legend();
  const level = chip("level");
  const who = identity(UNIT);
  const rows = el("div", "rows");
  const voted = filledBar();
  const score = figure("key");
  const counts = turnouts();
  const fillRows = list(rows, panelRow);
  const next = roller();

  const strip = el("div", "strip", status.root, note.root, kinds.root, level.root);
  const left = el("div", "left", who.root, rows, voted.root);
  const right = el("div", "right", score.root, counts.root);
  const root = el("div", "box bar", strip, el("div", "body", left, right));

  function draw(picture, dt_ms, seen) {
    const values = next(picture, dt_ms, seen);
    mode(root, "held", picture.held);
    mode(root, "final", picture.final);
    mode(root, "panels", picture.panels.length > 3 ? "many" : "few");
    mode(root, "tagged", picture.panels.some((panel) => panel.tag));
    status.set(picture.status);
    note.set(picture.note);
    kinds.set(picture.note ? [] : picture.legend);
    level.set(picture.level);
    who.set(picture);
    fillRows(picture.panels, (part, panel) => part.set(panel, values));
    shown(right, picture.turnout.length > 0);
    shown(score.root, Boolean(picture.figure));
    if (picture.figure) score.fit(picture.figure, values.figure, FIGURE);
    // Each panel's line carries its own n of N; with none of them (held), here is all there is.
    counts.set(picture.held ? picture.turnout : picture.turnout.slice(0, 1), values);
    drawVoted(picture, values);
  }

  // While the count is held, the bar says how many of the room have voted.
  function drawVoted(picture, values) {
    const room = picture.held && picture.turnout.find((line) => line.N > 0);
    shown(voted.root, Boolean(room));
    if (room) voted.set((values[room.key] || 0) / room.N);
  }

  return { root, draw };
}
