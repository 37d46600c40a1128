// Who is scored and what was promised, as far as the room allows: unit and post on one line, the
// second language under it, the pledge after its label. Long names shrink, then end in an ellipsis.

import { el, fit, pair, put, shown } from "./parts.js";

const LEAST = 40;

// most: px of the unit's name where there is room.
export function identity(most) {
  const unit = el("span", "unit");
  const post = el("span", "post");
  const who = el("div", "who", unit, post);
  const other = el("div", "other");
  const label = pair("label");
  const promise = el("span", "promise");
  const pledge = el("div", "pledge", label.root, promise);
  const root = el("div", "identity", who, other, pledge);

  function set(picture) {
    put(unit, picture.unit.main);
    put(post, picture.post.main);
    shown(post, picture.post.main !== "");
    fit(unit, picture.unit.main + picture.post.main, most, LEAST);
    put(other, [picture.unit.sub, picture.post.sub].filter(Boolean).join(", "));
    shown(other, picture.unit.sub + picture.post.sub !== "");
    label.set(picture.pledge_label);
    put(promise, picture.pledge);
    shown(pledge, picture.pledge !== "");
  }
  return { root, set };
}
