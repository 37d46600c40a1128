// The call to vote: how, where, and the QR code, as long as the vote is open; else what is the case.

import { identity } from "./identity.js";
import { roller } from "./motion.js";
import { el, fit, mode, pair, put, shown, statusTag, turnouts } from "./parts.js";

const UNIT = 48;
const ADDRESS = { most: 68, least: 36 };
// A longer address takes two lines: half an address is none.
const ADDRESS_LINE = 40;
const AGAIN_MS = 2000;

export function create() {
  const status = statusTag();
  const heading = pair("heading");
  const who = identity(UNIT);
  const how = pair("how");
  const address = el("div", "address");
  const note = pair("note");
  const counts = turnouts();
  const qr = code();
  const next = roller();

  const strip = el("div", "strip", status.root, note.root);
  const words = el("div", "words", heading.root, who.root, how.root, address);
  const root = el("div", "box call", strip, el("div", "body", qr.root, words, counts.root));

  function draw(picture, dt_ms, seen) {
    const values = next(picture, dt_ms, seen);
    mode(root, "inviting", picture.inviting);
    status.set(picture.status);
    heading.set(picture.heading);
    who.set(picture);
    qr.set(picture.qr);
    shown(qr.root, picture.inviting && qr.loaded());
    shown(how.root, picture.inviting);
    shown(address, picture.inviting);
    shown(note.root, Boolean(picture.note));
    how.set(picture.how);
    note.set(picture.note);
    counts.set(picture.turnout, values);
    if (picture.inviting) drawAddress(picture.address);
  }

  function drawAddress(text) {
    const long = text.length > ADDRESS_LINE;
    put(address, text);
    mode(address, "long", long);
    fit(address, text, long ? ADDRESS.least : ADDRESS.most, ADDRESS.least);
  }

  return { root, draw };
}

// The QR code, asked for until it is there: without it the address alone still works.
function code() {
  const image = el("img", "");
  const root = el("div", "qr", image);
  let source = "";
  const load = () => { if (source) image.src = source; };
  image.alt = "";
  image.onerror = () => setTimeout(load, AGAIN_MS);
  function set(url) {
    if (url === source) return;
    source = url;
    load();
  }
  return { root, set, loaded: () => image.complete && image.naturalWidth > 0 };
}
