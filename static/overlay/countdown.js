// The time that is left, in the corner, from the server's deadline and clock.

import { digits, el, shown, statusTag } from "./parts.js";
import { filledBar } from "./bars.js";

export function create() {
  const status = statusTag();
  const time = digits("time");
  const left = filledBar();
  const root = el("div", "box countdown", status.root, time.root, left.root);

  function draw(picture) {
    root.dataset.last = picture.last;
    status.set(picture.status);
    shown(time.root, picture.text !== "");
    time.set(picture.text, picture.text.replace(/\d/g, "0"));
    shown(left.root, picture.share !== null);
    if (picture.share !== null) left.set(picture.share);
  }
  return { root, draw };
}
