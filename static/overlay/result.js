// The full-screen result: the figure and its level on one side, on the other what each panel said.
// Before the reveal the same picture says that it is not final.

import { identity } from "./identity.js";
import { approach, roller } from "./motion.js";
import { panelCard, panelRow } from "./panels.js";
import { chip, el, figure, legend, list, mode, pair, put, shown, statusTag, turnouts } from "./parts.js";

const UNIT = 72;
const FIGURE = 160;

// Two panels have room for a chart each, as long as a chart has few rows; four for a card each.
const CHARTS = 2;
const LABELS_IN_CHART = 4;
const CARDS = 4;
const GROWN_EPSILON = 0.002;

export function create(cut) {
  const status = statusTag();
  const code = el("span", "code");
  const who = identity(UNIT);
  const score = figure("key");
  const level = chip("level");
  const note = pair("note");
  const counts = turnouts();
  const kinds = legend();
  const card_list = el("div", "cards");
  const rows = el("div", "rows");
  const fillCards = list(card_list, panelCard);
  const fillRows = list(rows, panelRow);
  const next = roller();
  let grown = cut ? 1 : 0;

  const header = el("div", "header", who.root, el("div", "marks", status.root, code));
  const left = el("div", "left", score.root, level.root, note.root, counts.root);
  const right = el("div", "right", kinds.root, card_list, rows);
  const root = el("div", "box result", header, el("div", "body", left, right));

  function draw(picture, dt_ms, seen) {
    const values = next(picture, dt_ms, seen);
    mode(root, "panels", picture.panels.length);
    mode(root, "tagged", picture.panels.some((panel) => panel.tag));
    status.set(picture.status);
    put(code, picture.code);
    who.set(picture);
    shown(score.root, Boolean(picture.figure));
    if (picture.figure) score.fit(picture.figure, values.figure, FIGURE);
    level.set(picture.level);
    shown(note.root, Boolean(picture.note));
    note.set(picture.note);
    counts.set(picture.turnout, values);
    // The charts rise when they come; the figures are true from the first frame.
    if (picture.panels.length === 0) grown = 0;
    else if (seen) grown = approach(grown, 1, dt_ms, GROWN_EPSILON);
    drawPanels(picture, values);
  }

  function drawPanels(picture, values) {
    const charted = haveCharts(picture.panels);
    const cards = picture.panels.length <= CARDS ? picture.panels : [];
    kinds.set(charted ? [] : picture.legend);
    fillCards(cards, (part, panel) => part.set(panel, values, grown, charted));
    fillRows(cards.length ? [] : picture.panels, (part, panel) => part.set(panel, values));
  }

  return { root, draw };
}

function haveCharts(panels) {
  if (panels.length < CHARTS) return true;
  const [{ scale, buckets }] = panels;
  return panels.length === CHARTS && (scale === "numbers" || buckets.length <= LABELS_IN_CHART);
}
