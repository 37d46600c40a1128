// The side column: the bar's content in a column, for a picture whose lower third is needed. Who is
// scored, the rolling figure, each panel with its ballots.

import { filledBar } from "./bars.js";
import { identity } from "./identity.js";
import { roller } from "./motion.js";
import { panelCard } from "./panels.js";
import { chip, el, figure, fitHeight, legend, list, mode, pair, shown, statusTag, turnouts } from "./parts.js";

const UNIT = 56;
const FIGURE = 128;
const DENSE = 3;

export function create() {
  const status = statusTag();
  const who = identity(UNIT);
  const score = figure("key");
  const level = chip("level");
  const note = pair("note");
  const counts = turnouts();
  const voted = filledBar();
  const kinds = legend();
  const cards = el("div", "cards");
  const fillCards = list(cards, panelCard);
  const next = roller();

  const body = el("div", "body", who.root, score.root, level.root, note.root, counts.root, voted.root, cards, kinds.root);
  const root = el("div", "box side-box", status.root, body);

  function draw(picture, dt_ms, seen, room) {
    const values = next(picture, dt_ms, seen);
    mode(root, "held", picture.held);
    mode(root, "panels", picture.panels.length > 2 ? "many" : "few");
    status.set(picture.status);
    who.set(picture);
    shown(score.root, Boolean(picture.figure));
    if (picture.figure) score.fit(picture.figure, values.figure, FIGURE);
    level.set(picture.level);
    shown(note.root, Boolean(picture.note));
    note.set(picture.note);
    // Each panel says its own n of N; with none of them (held), here is all there is.
    counts.set(picture.panels.length ? [] : picture.turnout, values);
    drawVoted(picture, values);
    fillCards(picture.panels, (part, panel) => part.set(panel, values, 1, false));
    kinds.set(picture.legend);
    const level_text = picture.level ? picture.level.name.main : "";
    const tags = picture.panels.map((panel) => (panel.tag ? panel.tag.long.main : ""));
    fitHeight(root, [who.root.textContent, level_text, note.root.textContent].concat(tags).join("/") + room, room, DENSE);
  }

  // While the count is held, the bar says how many of the room have voted.
  function drawVoted(picture, values) {
    const room = picture.held && picture.turnout.find((line) => line.N > 0);
    shown(voted.root, Boolean(room));
    if (room) voted.set((values[room.key] || 0) / room.N);
  }

  return { root, draw };
}
