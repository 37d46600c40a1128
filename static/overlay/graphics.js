// The stage: which graphics stand on it, how they come and go, one motion at a time. Knows pictures
// (what to say) and parts (how it looks); nothing of sockets, addresses or hosts.

import { easeOut, progressed } from "./motion.js";
import { loadFonts } from "./fonts.js";
import { el, list, mode, style } from "./parts.js";
import * as badge from "./badge.js";
import * as bar from "./bar.js";
import * as result from "./result.js";
import * as board from "./board.js";
import * as countdown from "./countdown.js";
import * as call from "./call.js";
import * as side from "./side.js";
import * as pledge from "./pledge.js";
import * as lookback from "./lookback.js";
import * as question from "./question.js";

const MAKERS = { bar, result, board, countdown, call, side, pledge, question, lookback, delivery: board };
const LAYERS = { bar: "lower", call: "lower", pledge: "lower", question: "lower", side: "side", countdown: "corner", result: "full", board: "full", lookback: "full", delivery: "full" };

// The height in px that the full screen and the side column have, and what badges take of it: as in
// the stylesheet.
const ROOM = 972;
const BADGES = 80;

// What a graphic waits for its fonts and pictures before it comes in; after that it comes without.
const PATIENCE_MS = 400;
// On a page that was just loaded the truth is due within a beat.
const PATIENCE_CUT_MS = 100;

// load: as loadFonts; null where the fonts are there already and nothing may depend on them.
export function createStage(root, language, load = loadFonts) {
  const layers = {};
  ["full", "lower", "side", "corner", "badges"].forEach((name) => {
    layers[name] = root.appendChild(el("div", "layer " + name));
  });
  const fillBadges = list(layers.badges, badge.create);
  root.lang = language === "en" ? "en" : "zh-CN";
  root.dataset.language = language;
  // What a graphic leaves for the next one of its kind.
  const lasts = {};
  let actors = [];
  let size = 0;

  // One frame. pictures: what should be on air. cut: without motion, as on a page just loaded.
  function show(pictures, dt_ms, cut) {
    const badges = pictures.filter((picture) => picture.kind === "badge");
    const room = badges.length ? ROOM - BADGES : ROOM;
    mode(root, "badges", badges.length);
    fillBadges(badges, (part, picture) => part.set(picture));
    actors.forEach((actor) => { actor.wanted = false; });
    pictures.filter((picture) => picture.kind !== "badge").forEach((picture) => want(picture, cut, room));
    move(dt_ms);
    // A graphic that leaves keeps its last picture; one that still comes in holds its numbers.
    const staying = actors.filter((actor) => actor.wanted);
    staying.forEach((actor) => actor.graphic.draw(actor.picture, actor.progress < 1 ? 0 : dt_ms, actor.progress > 0, room));
    size = staying.reduce((most, actor) => Math.max(most, actor.progress > 0 ? actor.picture.size : 0), 0);
  }

  function want(picture, cut, room) {
    const actor = actors.find((each) => each.key === picture.key) || enter(picture, cut, room);
    actor.wanted = true;
    actor.picture = picture;
  }

  function enter(picture, cut, room) {
    const last = lasts[picture.kind] || (lasts[picture.kind] = {});
    const graphic = MAKERS[picture.kind].create(cut, last);
    const actor = { key: picture.key, kind: picture.kind, graphic, picture, progress: 0, ready: false, cut };
    actors.push(actor);
    style(graphic.root, "opacity", "0");
    layers[LAYERS[picture.kind]].append(graphic.root);
    // Drawn unseen, so that its texts are known and its boxes can be measured.
    graphic.draw(picture, 0, false, room);
    const patience_ms = cut ? PATIENCE_CUT_MS : PATIENCE_MS;
    if (load) {
      Promise.all([load(graphic.root.textContent, patience_ms), loadImages(graphic.root, patience_ms)])
        .then(() => { actor.ready = true; });
    } else actor.ready = true;
    return actor;
  }

  // First everything that leaves has left, then the others come in.
  function move(dt_ms) {
    const leaving = actors.filter((actor) => !actor.wanted);
    leaving.forEach((actor) => place(actor, progressed(actor.progress, false, dt_ms)));
    leaving.filter((actor) => actor.progress === 0).forEach(leave);
    if (leaving.length) return;
    actors.filter((actor) => actor.ready && actor.progress < 1).forEach((actor) =>
      place(actor, actor.cut ? 1 : progressed(actor.progress, true, dt_ms)));
  }

  function place(actor, progress) {
    actor.progress = progress;
    const eased = easeOut(progress);
    style(actor.graphic.root, "opacity", eased.toFixed(3));
    style(actor.graphic.root, "transform", progress === 1 ? "" : OFFSETS[LAYERS[actor.kind]](1 - eased));
  }

  function leave(actor) {
    actor.graphic.root.remove();
    actors = actors.filter((each) => each !== actor);
  }

  // Whether everything that should be on air is, and nothing else.
  const settled = () => actors.every((actor) => actor.wanted && actor.progress === 1);

  return { show, size: () => size, settled };
}

// Resolves when the images in it are there, have failed, or after patience_ms. Never rejects.
function loadImages(root, patience_ms) {
  const patience = new Promise((resolve) => setTimeout(resolve, patience_ms));
  const images = Array.from(root.querySelectorAll("img"), (image) => image.decode().catch(() => null));
  return Promise.race([Promise.all(images), patience]);
}

// From inside the layer's edge: nothing is ever drawn outside the safe area.
const OFFSETS = {
  lower: (away) => "translateY(" + (100 * away).toFixed(2) + "%)",
  side: (away) => "translateX(" + (-100 * away).toFixed(2) + "%)",
  corner: (away) => "translateX(" + (100 * away).toFixed(2) + "%)",
  full: (away) => "translateY(" + (32 * away).toFixed(2) + "px)",
};
