// The overlay page: the drawing in a window of any size, fed by the server, blanked by hand. A
// browser source (OBS, vMix) shows it as it is; CasparCG and SPX call it, see host.js.

import { isTrue, valuesOf } from "./fields.js";
import { fit } from "./frame.js";
import { hostOf } from "./heartbeat.js";
import { dataOf } from "./hostdata.js";
import { optionsOf } from "./options.js";
import { el, put } from "./parts.js";
import { createPlayer } from "./player.js";

const options = optionsOf(location.search, location.hash);
// On air means: a window of its own. In a console's frame this page is a picture for one person.
const on_air = window.parent === window && options.show === "programme";
// A template that lies on another machine (SPX) has these scripts from livevote all the same.
const { origin } = new URL(import.meta.url);

const screen_root = document.body.appendChild(el("div", "screen"));
document.body.dataset.background = options.background;

const player = createPlayer(screen_root, {
  source: { origin, episode: options.episode, token: options.token },
  onStatus: (status) => { document.title = "livevote overlay: " + status; },
  onFrame,
  box: () => (on_air ? { width: innerWidth, height: innerHeight } : null),
  host: hostOf(location.search, window),
});
if (options.safe) screen_root.append(el("div", "safe-area"));
const debug = options.debug ? screen_root.appendChild(el("div", "debug")) : null;

function onFrame(blanked) {
  if (debug) put(debug, debugText(blanked));
}

function debugText(blanked) {
  const close = player.status() === "stopped" ? " (" + player.closeCode() + ": make a new overlay link)" : "";
  const size = innerWidth + "×" + innerHeight;
  return [player.status() + close, player.fps() + " fps", size, "size " + player.size(), blanked ? "blanked" : ""].join("  ");
}

// The whole design in the middle of whatever window there is.
const fitWindow = () => fit(screen_root, innerWidth, innerHeight);

// Blanking must work with the server gone: a key on the graphics machine, and any director's
// console in the same browser.
function blank(yes) {
  if (options.show === "programme") player.blank(yes);
}

addEventListener("keydown", (event) => {
  const plain = !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (plain && event.key.toLowerCase() === "b") blank(!player.blanked());
});
if (typeof BroadcastChannel === "function") {
  new BroadcastChannel("livevote").onmessage = (event) => {
    if (event.data && typeof event.data.blank === "boolean") blank(event.data.blank);
  };
}

// A source that was hidden in OBS had no frames: what it missed is not made up for in motion.
function seenAgain(event) {
  const { visible, active } = event.detail || {};
  if (isTrue(visible) || isTrue(active)) player.rebuild();
}
addEventListener("obsSourceVisibleChanged", seenAgain);
addEventListener("obsSourceActiveChanged", seenAgain);

// --- the calls of CasparCG and SPX ---

let in_picture = !options.wait;

function take(yes, skip) {
  in_picture = yes;
  return player.take(yes, skip);
}

const CALLS = {
  update(given) {
    try {
      player.set(valuesOf(player.values(), dataOf(given)));
    } catch (error) {
      console.warn("livevote overlay: " + error.message);
    }
  },
  play: () => take(true),
  // One step only: the next one is out.
  next: () => take(!in_picture),
  stop: () => take(false).then(() => { if (!in_picture) window.livevoteHost.gone(); }),
  remove: () => take(false, true),
};

player.set(valuesOf({}, { language: options.language, show: options.show }));
if (in_picture) player.start();
window.livevoteHost.play(CALLS);
addEventListener("resize", fitWindow);
fitWindow();
