// The overlay page: one stage in a window of any size, fed by the server, blanked by hand.

import { openLink } from "../shared/link.js";
import { loadFonts } from "./fonts.js";
import { createStage } from "./graphics.js";
import { hostOf } from "./heartbeat.js";
import { optionsOf } from "./options.js";
import { el, put, style } from "./parts.js";
import { picturesOf } from "./picture.js";
import { EMPTY, apply, blankedOf } from "./state.js";

const WIDTH = 1920;
const HEIGHT = 1080;
const DRAWN_MS = 2000;
const AGENT_MAX = 160;

const options = optionsOf(location.search, location.hash);
// On air means: a window of its own. In a console's frame this page is a picture for one person.
const on_air = window.parent === window && options.show === "programme";

const stage_root = el("div", "stage dark");
const screen_root = document.body.appendChild(el("div", "screen", stage_root));
document.body.dataset.background = options.background;
if (options.safe) screen_root.append(el("div", "safe-area"));
const debug = options.debug ? screen_root.appendChild(el("div", "debug")) : null;
const stage = createStage(stage_root, options.language);

let state = EMPTY;
let blanked_here = false;
let frames = 0;
let fps = 0;
let last_at = 0;
let started = false;

const link = openLink({
  channel: "overlay",
  episode: options.episode,
  token: options.token,
  onMessage: receive,
  onStatus: (status) => { document.title = "livevote overlay: " + status; },
});

function receive(message) {
  state = apply(state, message);
  // What is cued will be taken: its characters should be there by then.
  if (message.t === "state") loadFonts(JSON.stringify(message.view.preview || ""), 0);
}

function frame(at) {
  requestAnimationFrame(frame);
  const dt_ms = last_at ? at - last_at : 0;
  last_at = at;
  frames += 1;
  draw(dt_ms);
}

function draw(dt_ms) {
  const blanked = blanked_here || blankedOf(state, options.show);
  style(stage_root, "visibility", blanked ? "hidden" : "visible");
  // The first picture of a page that was just loaded is the truth at once; motion is for changes.
  stage.show(picturesOf(state, options.show, link.now(), options.language), dt_ms, !started);
  started = started || state.view !== null;
  if (debug) put(debug, debugText(blanked));
}

function debugText(blanked) {
  const close = link.status === "stopped" ? " (" + link.closeCode + ": make a new overlay link)" : "";
  const size = innerWidth + "×" + innerHeight;
  return [link.status + close, fps + " fps", size, "size " + stage.size(), blanked ? "blanked" : ""].join("  ");
}

function heartbeat() {
  fps = Math.round((frames * 1000) / DRAWN_MS);
  frames = 0;
  if (!on_air) return;
  const agent = navigator.userAgent.slice(0, AGENT_MAX);
  const host = hostOf(location.search, window);
  link.send({ t: "drawn", width: innerWidth, height: innerHeight, fps, size: stage.size(), agent, host });
}

// The whole design in the middle of whatever window there is.
function fitWindow() {
  const scale = Math.min(innerWidth / WIDTH, innerHeight / HEIGHT);
  const left = (innerWidth - WIDTH * scale) / 2;
  const top = (innerHeight - HEIGHT * scale) / 2;
  screen_root.style.transform = "translate(" + left + "px, " + top + "px) scale(" + scale + ")";
}

// Blanking must work with the server gone: a key on the graphics machine, and any director's
// console in the same browser.
function blank(yes) {
  if (options.show === "programme") blanked_here = yes;
}

addEventListener("keydown", (event) => {
  const plain = !event.repeat && !event.ctrlKey && !event.altKey && !event.metaKey;
  if (plain && event.key.toLowerCase() === "b") blank(!blanked_here);
});
if (typeof BroadcastChannel === "function") {
  new BroadcastChannel("livevote").onmessage = (event) => {
    if (event.data && typeof event.data.blank === "boolean") blank(event.data.blank);
  };
}

addEventListener("resize", fitWindow);
fitWindow();
setInterval(heartbeat, DRAWN_MS);
requestAnimationFrame(frame);
