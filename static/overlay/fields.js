// What a host may give a graphic: one table from which come the OGraf manifest, the SPX definition
// and the reading of values. Hosts give "1" for true and "42" for 42; SPX gives "undefined" for
// nothing. A value that cannot be read is the default: a typing error never costs the picture.

import { CHOICES } from "./options.js";
import { KINDS } from "./picture.js";

const PHASES = ["armed", "open", "paused", "closing", "closed", "verified", "revealed"];

const text = (title, fallback) => ({ type: "string", title, default: fallback || "" });
const whole = (title, fallback) => ({ type: "integer", title, default: fallback });
const choice = (title, names, fallback) => ({ type: "string", title, default: fallback || names[0], choices: names });

export const FIELDS = {
  link: text("Overlay link of livevote (empty: draw the values below)"),
  graphic: choice("Graphic (programme: what the director takes)", ["programme"].concat(KINDS)),
  language: choice("Language", CHOICES.lang),
  show: choice("Programme or preview", CHOICES.show),
  unit: text("Unit (empty: livevote's)"),
  post: text("Post (empty: livevote's)"),
  pledge: text("Pledge (empty: livevote's)"),
  phase: choice("Phase, without a link", PHASES, "open"),
  figure: text("Figure in points, without a link"),
  n: whole("Voted, without a link", 0),
  N: whole("Eligible, without a link (0: viewers)", 0),
  countdown_s: whole("Seconds to the close, without a link", 0),
  address: text("Address for viewers, without a link and N"),
};

const NOTHING = { undefined: true, null: true };

function read(field, given) {
  const plain = given === undefined || given === null ? "" : String(given).trim();
  if (NOTHING[plain]) return field.default;
  if (field.choices) return field.choices.indexOf(plain) < 0 ? field.default : plain;
  if (field.type === "string") return plain;
  const number = Math.floor(Number(plain));
  return plain !== "" && number >= 0 && number <= Number.MAX_SAFE_INTEGER ? number : field.default;
}

export const defaults = () => valuesOf({}, {});

// The values after a partial update. given: anything a host may send; fields we do not have are
// not ours.
export function valuesOf(before, given) {
  const asked = given && typeof given === "object" ? given : {};
  const values = {};
  Object.keys(FIELDS).forEach((name) => {
    const known = name in before ? before[name] : FIELDS[name].default;
    values[name] = name in asked ? read(FIELDS[name], asked[name]) : known;
  });
  return values;
}

// true, 1, "1" and "true" are true.
export const isTrue = (value) => value === true || /^(1|true)$/i.test(String(value));

// {origin, episode, token} of an overlay link; null where it is none.
export function linkOf(link) {
  let url;
  try { url = new URL(link); } catch (e) { return null; }
  if (!/^https?:$/.test(url.protocol)) return null;
  return {
    origin: url.origin,
    episode: url.searchParams.get("episode") || "",
    token: url.hash.slice(1),
  };
}
