// What this picture is, where it is not the show: a rehearsal, a replay. In every frame from the first,
// without motion, and above everything.

import { el, mode, pair, put, shown } from "./parts.js";

export function create() {
  const word = pair("word");
  const note = pair("note");
  const speed = el("span", "speed");
  const root = el("div", "badge", word.root, speed, note.root);

  function set(picture) {
    mode(root, "mark", picture.mark);
    word.set(picture.word);
    note.set(picture.note);
    shown(note.root, Boolean(picture.note));
    put(speed, picture.speed);
    shown(speed, picture.speed !== "");
  }
  return { root, set };
}
