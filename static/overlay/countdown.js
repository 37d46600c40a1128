// The time that is left, in the corner, from the server's deadline and clock.

import { el, mode, put, shown, statusTag } from "./parts.js";
import { filledBar } from "./bars.js";

export function create() {
  const status = statusTag();
  const time = el("div", "time");
  const left = filledBar();
  const root = el("div", "box countdown", status.root, time, left.root);

  function draw(picture) {
    mode(root, "last", picture.last);
    status.set(picture.status);
    shown(time, picture.text !== "");
    put(time, picture.text);
    shown(left.root, picture.share !== null);
    if (picture.share !== null) left.set(picture.share);
  }
  return { root, draw };
}
