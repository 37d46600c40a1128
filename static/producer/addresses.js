// The overlay's address as each graphics machine takes it. Pure.

// The options that the overlay's page knows, each with its choices; the first is what it does unasked.
import { CHOICES } from "../overlay/options.js";

export const OPTIONS = Object.assign({}, CHOICES, { safe: ["0", "1"] });

export const DEFAULTS = Object.fromEntries(Object.entries(OPTIONS).map(([name, choices]) => [name, choices[0]]));

// Hosts that say play() draw nothing before.
const PLAYED = ["casparcg"];

// link: …/overlay#key. Options that are as the page does unasked are left out; host tells the list of
// connected overlays which program it is.
export function addressOf(link, chosen, host = "") {
  const [page, key = ""] = link.split("#");
  const query = queryOf(chosen);
  if (PLAYED.includes(host)) query.set("wait", "1");
  if (host) query.set("host", host);
  const asked = query.toString();
  return page + (asked ? `?${asked}` : "") + (key ? `#${key}` : "");
}

export function queryOf(chosen) {
  return new URLSearchParams(Object.entries(chosen).filter(([name, value]) => value !== DEFAULTS[name]));
}

// For CasparCG's own client, and for a terminal. An address has nothing in it that AMCP would have
// to escape: what is not plain in it is percent-encoded.
export const amcpLine = (address) => `CG 1-20 ADD 0 "${address}" 1`;
export const pushLine = (address) => `LIVEVOTE_OVERLAY_URL='${address}' livevote overlay push casparcg://localhost/1-20 add`;

// What else this server has for graphics machines: the OGraf package and SPX's template, by address.
export function filesOf({ url, paths }) {
  const package_paths = paths.filter((path) => path.startsWith("/ograf/"));
  const template = (path) => path.endsWith(".html");
  const whole = (path) => new URL(path, url).href;
  return {
    ograf: package_paths.filter((path) => !template(path)).map(whole),
    spx: package_paths.filter(template).map(whole),
  };
}

// The feeds that the same key opens: [name, address] of each.
export const feedsOf = ({ url, paths }) => paths.filter((path) => path.startsWith("/data/")).map((path) => {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const address = new URL(path, url).href;
  return [name, name === "socket" ? address.replace(/^http/, "ws") : address];
});
