// The drawing in real time: frames, the line to livevote, and actions that end. Hosts are beside it.

import { openLink } from "../shared/link.js";
import { createDrawing } from "./drawing.js";
import { linkOf } from "./fields.js";
import { loadFonts } from "./fonts.js";

// A host waits for an action 3 s at most; then what should be there is there, moved or not.
const SETTLED_MS_MAX = 2000;
// A page in the background has no frames: timers look now and then.
const LOOK_MS = 100;
const DRAWN_MS = 2000;
const AGENT_MAX = 160;

const here = () => Math.round(performance.now());

// source: {origin, episode, token} of the page's own line, null for a graphic that has none until
// a link is given. box(): {width, height} that the drawing fills, null where it is not on air and
// the director is not to hear of it; host: the program that plays it, "" where nobody knows.
// onStatus(status); onFrame(blanked) after each frame.
export function createPlayer(root, options) {
  const drawing = createDrawing(root, loadFonts);
  let waiting = []; // {resolve, by_ms}
  let link = null;
  let linked = "";
  let last_at = 0;
  let frames = 0;
  let fps = 0;
  let closed = false;
  let skipping = false; // fonts may keep a graphic waiting that was told not to move

  const now = () => (link ? link.now() : here());

  function frame(at) {
    if (closed) return;
    requestAnimationFrame(frame);
    const dt_ms = last_at ? at - last_at : 0;
    last_at = at;
    frames += 1;
    if (skipping) drawing.hurry(now());
    const blanked = drawing.frame(now(), dt_ms);
    look();
    if (options.onFrame) options.onFrame(blanked);
  }

  // Ends the actions that are done, and hurries those that are late.
  function look() {
    if (drawing.settled()) skipping = false;
    if (waiting.length === 0) return;
    if (waiting.some((one) => here() >= one.by_ms)) drawing.hurry(now());
    waiting = waiting.filter((one) => {
      const done = here() >= one.by_ms || drawing.settled();
      if (done) one.resolve();
      return !done;
    });
  }

  // Tells the director what is drawn here.
  function heartbeat() {
    fps = Math.round((frames * 1000) / DRAWN_MS);
    frames = 0;
    const box = options.box();
    if (!link || !box) return;
    const agent = navigator.userAgent.slice(0, AGENT_MAX);
    link.send(Object.assign({ t: "drawn", fps, size: drawing.size(), agent, host: options.host }, box));
  }

  const settled = () => new Promise((resolve) => {
    waiting.push({ resolve, by_ms: here() + SETTLED_MS_MAX });
  });

  // A new source is a new line; the same one stays.
  function connect(source) {
    const name = source ? JSON.stringify(source) : "";
    if (name === linked) return;
    if (link) link.close();
    if (linked) drawing.forget();
    linked = name;
    link = source && openLink({
      channel: "overlay",
      origin: source.origin,
      episode: source.episode,
      token: source.token,
      onMessage: receive,
      onStatus: (status) => options.onStatus && options.onStatus(status),
    });
  }

  function receive(message) {
    drawing.receive(message);
    // What is cued will be taken: its characters should be there by then.
    if (message.t === "state") loadFonts(JSON.stringify(drawing.preview()), 0);
  }

  // Resolves when the graphic of the new values stands. Raises RangeError for a link that is none;
  // what was there before stays.
  function set(values, skip) {
    const source = values.link ? linkOf(values.link) : options.source || null;
    if (values.link && !source) throw new RangeError("link: not an overlay link of livevote");
    connect(source);
    drawing.set(values, source ? source.origin : "", now());
    return moved(skip);
  }

  // Comes in or goes out. Of actions that overlap the newest holds; all end when it has.
  function take(yes, skip) {
    drawing.take(yes, now());
    return moved(skip);
  }

  function moved(skip) {
    drawing.frame(now(), 0);
    skipping = Boolean(skip);
    if (skipping) drawing.hurry(now());
    return settled();
  }

  const looking = setInterval(look, LOOK_MS);
  const beating = setInterval(heartbeat, DRAWN_MS);
  requestAnimationFrame(frame);

  return {
    set, take,
    start: () => drawing.take(true, now(), true),
    values: drawing.values,
    blank: drawing.blank,
    blanked: drawing.blanked,
    rebuild: drawing.rebuild,
    size: drawing.size,
    fps: () => fps,
    status: () => (link ? link.status : "none"),
    closeCode: () => (link ? link.closeCode : 0),
    close() {
      closed = true;
      clearInterval(looking);
      clearInterval(beating);
      connect(null);
      drawing.close();
      waiting.forEach((one) => one.resolve());
      waiting = [];
    },
  };
}
