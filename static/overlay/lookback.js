// The look-back card: what was promised and by when, what became of it, the score then and now.

import { identity } from "./identity.js";
import { chip, el, fitLines, pair, put, shown } from "./parts.js";

const UNIT = 64;
const PROMISE = { most: 64, least: 40 };

export function create() {
  const title = pair("title");
  const state = chip("state");
  const who = identity(UNIT);
  const promise = el("div", "promise");
  const facts = el("div", "facts");
  const then = score("then");
  const now = score("now");
  const change_label = pair("label");
  const change_text = el("span", "text");
  const change = el("div", "difference", change_label.root, change_text);
  const root = el("div", "box lookback", el("div", "header", title.root, state.root), who.root, promise, facts,
    el("div", "scores", then.root, change, now.root));
  const lines = [];

  function draw(picture) {
    title.set(picture.title);
    state.set(picture.state);
    who.set(picture);
    put(promise, picture.promise);
    fitLines(promise, picture.promise, PROMISE.most, PROMISE.least);
    drawFacts(picture.facts);
    then.set(picture.then);
    now.set(picture.now);
    shown(change, Boolean(picture.difference));
    if (!picture.difference) return;
    change_label.set(picture.difference.label);
    put(change_text, picture.difference.text);
  }

  function drawFacts(given) {
    while (lines.length < given.length) {
      const line = fact();
      lines.push(line);
      facts.append(line.root);
    }
    lines.forEach((line, i) => {
      shown(line.root, i < given.length);
      if (given[i]) line.set(given[i]);
    });
  }

  return { root, draw };
}

function fact() {
  const label = pair("label");
  const text = el("span", "text");
  const root = el("div", "fact", label.root, text);
  function set(given) {
    label.set(given.label);
    put(text, given.text);
    if (root.dataset.tone !== given.tone) root.dataset.tone = given.tone;
  }
  return { root, set };
}

function score(name) {
  const label = pair("label");
  const text = el("span", "text");
  const suffix = el("span", "suffix");
  const level = chip("level");
  const about = el("div", "about");
  const root = el("div", "score " + name, label.root, el("div", "value", text, suffix), level.root, about);
  function set(given) {
    shown(root, Boolean(given));
    if (!given) return;
    label.set(given.label);
    put(text, given.figure);
    put(suffix, given.suffix);
    level.set(given.level);
    put(about, given.about);
  }
  return { root, set };
}
