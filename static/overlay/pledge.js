// The pledge card: what was promised, by whom and by when, in one to three lines; and how it stands
// with the scoring, where there is a run.

import { roller } from "./motion.js";
import { chip, el, figure, fit, fitLines, mode, pair, put, shown, statusTag, turnouts } from "./parts.js";

const PROMISE = { most: 72, least: 44 };
const WHO = { most: 48, least: 40 };
const FIGURE = 96;

export function create() {
  const title = pair("title");
  const due_label = pair("label");
  const due_date = el("span", "date");
  const due = el("div", "due", due_label.root, due_date);
  const status = statusTag();
  const promise = el("div", "promise");
  const unit = el("span", "unit");
  const post = el("span", "post");
  const who = el("div", "who", unit, post);
  const other = el("div", "other");
  const score = figure("key");
  const level = chip("level");
  const counts = turnouts();
  const next = roller();

  const strip = el("div", "strip", title.root, due, status.root);
  const right = el("div", "right", score.root, level.root, counts.root);
  const root = el("div", "box pledge-card", strip,
    el("div", "body", el("div", "left", promise, who, other), right));

  function draw(picture, dt_ms, seen) {
    const values = next(picture, dt_ms, seen);
    // A score beside a promise is for a run that has begun to count.
    const scored = picture.run !== "" && picture.status.key !== "waiting";
    mode(root, "empty", picture.pledge === "");
    title.set(picture.title);
    shown(due, picture.due !== "");
    due_label.set(picture.due_label);
    put(due_date, picture.due);
    shown(status.root, scored);
    status.set(picture.status);
    drawWho(picture);
    shown(right, scored);
    shown(score.root, Boolean(picture.figure));
    if (picture.figure && scored) score.fit(picture.figure, values.figure, FIGURE);
    level.set(picture.level);
    counts.set(picture.held ? picture.turnout : picture.turnout.slice(0, 1), values);
    const text = picture.pledge || picture.none.main;
    put(promise, text);
    fitLines(promise, text + scored, PROMISE.most, PROMISE.least);
  }

  function drawWho(picture) {
    put(unit, picture.unit.main);
    put(post, picture.post.main);
    fit(unit, picture.unit.main + picture.post.main, WHO.most, WHO.least);
    put(other, [picture.unit.sub, picture.post.sub].filter(Boolean).join(", "));
    shown(other, picture.unit.sub + picture.post.sub !== "");
  }

  return { root, draw };
}
