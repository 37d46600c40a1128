// The question card: what is asked and of whom, in one to three lines. Of the scoring it knows
// nothing: a question stands before it.

import { el, fit, fitLines, mode, pair, put, shown } from "./parts.js";

const ASKED = { most: 72, least: 44 };
const WHO = { most: 48, least: 40 };

export function create() {
  const title = pair("title");
  const asked = el("div", "promise");
  const unit = el("span", "unit");
  const post = el("span", "post");
  const who = el("div", "who", unit, post);
  const other = el("div", "other");
  const root = el("div", "box pledge-card question-card", el("div", "strip", title.root),
    el("div", "body", el("div", "left", asked, who, other)));

  function draw(picture) {
    mode(root, "empty", picture.question === "");
    title.set(picture.title);
    put(unit, picture.unit.main);
    put(post, picture.post.main);
    fit(unit, picture.unit.main + picture.post.main, WHO.most, WHO.least);
    put(other, [picture.unit.sub, picture.post.sub].filter(Boolean).join(", "));
    shown(other, picture.unit.sub + picture.post.sub !== "");
    const text = picture.question || picture.none.main;
    put(asked, text);
    fitLines(asked, text, ASKED.most, ASKED.least);
  }

  return { root, draw };
}
