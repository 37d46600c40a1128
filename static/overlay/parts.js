// The pieces that graphics are built of. Each is {root, set(…)}; set is cheap when nothing changed,
// because it is called on every frame. Text goes in by textContent only.

import { grouped } from "./language.js";

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, name, ...children) {
  const node = document.createElement(tag);
  node.className = name;
  node.append(...children);
  return node;
}

export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function attr(node, name, value) {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

// A data-… attribute, written only when it changes: each write makes the browser match styles again.
export function mode(node, name, value) {
  attr(node, "data-" + name, String(value));
}

// The browser gives values back in its own words ("1.000" as "1"): we compare with what we wrote.
export function style(node, name, value) {
  const written = node.written || (node.written = {});
  if (written[name] === value) return;
  written[name] = value;
  node.style[name] = value;
}

export function shown(node, yes) {
  if (node.hidden === yes) node.hidden = !yes;
}

// Fonts that arrive late change widths: whatever was fitted before is fitted again.
let fonts_seen = 0;
document.fonts.addEventListener("loadingdone", () => { fonts_seen += 1; });

// Text as large as its box allows, from `most` down to `least` px; then the stylesheet's ellipsis.
// The box is measured only when `text` (all that shares its line) or a font has changed.
export function fit(node, text, most, least) {
  const key = fonts_seen + text;
  if (node.fitted === key) return;
  node.fitted = key;
  let size = most;
  style(node, "fontSize", size + "px");
  // Parts of a line may keep their own size, so one proportion is not enough.
  while (size > least && node.scrollWidth > node.clientWidth) {
    const proportional = Math.floor((size * node.clientWidth) / node.scrollWidth);
    size = Math.max(least, Math.min(proportional, size - 2));
    style(node, "fontSize", size + "px");
  }
}

// The same for text of several lines: the stylesheet's line clamp and height say how many.
export function fitLines(node, text, most, least) {
  const key = fonts_seen + text;
  if (node.fitted === key) return;
  node.fitted = key;
  let size = most;
  style(node, "fontSize", size + "px");
  // Tails of the last line may hang out a little: only a whole line more is too much.
  while (size > least && node.scrollHeight > node.clientHeight + size / 2) {
    size = Math.max(least, size - 4);
    style(node, "fontSize", size + "px");
  }
}

// A box as full as its room of `height` px allows: data-dense 0 says all; each step up to `most`
// leaves out or tightens what the stylesheet says.
export function fitHeight(node, text, height, most) {
  const key = fonts_seen + text;
  if (node.fitted === key) return;
  node.fitted = key;
  for (let dense = 0; dense <= most; dense += 1) {
    mode(node, "dense", dense);
    if (node.offsetHeight <= height) return;
  }
}

// {main, sub} on one line: the other language smaller, after it.
export function pair(name) {
  const main = el("span", "main");
  const sub = el("span", "sub");
  const root = el("span", "pair " + name, main, sub);
  function set(text) {
    put(main, text ? text.main : "");
    put(sub, text ? text.sub : "");
  }
  return { root, set };
}

// Strokes in a 32 × 32 box. Levels: check, ring, cross. Ballots: faces.
const FACE = "M16 3a13 13 0 1 0 0 26a13 13 0 1 0 0-26M11 12v2M21 12v2";
const SHAPES = {
  good: "M5 17l7 7L27 8",
  mid: "M16 6a10 10 0 1 0 0 20a10 10 0 1 0 0-20",
  poor: "M7 7l18 18M25 7L7 25",
  happy: FACE + "M9.5 19c2.5 5 10.5 5 13 0",
  plain: FACE + "M10 21h12",
  sad: FACE + "M9.5 23c2.5-5 10.5-5 13 0",
  other: "M7 16h18",
  up: "M16 27V6M7 15l9-9l9 9",
  down: "M16 5v21M7 17l9 9l9-9",
};

export function mark() {
  const path = document.createElementNS(SVG, "path");
  const root = document.createElementNS(SVG, "svg");
  root.setAttribute("viewBox", "0 0 32 32");
  root.setAttribute("class", "mark");
  root.append(path);
  return { root, set: (shape) => attr(path, "d", SHAPES[shape]) };
}

// A level or a kind of ballot: shape and word on its own ground.
export function chip(name) {
  const shape = mark();
  const word = pair("");
  const root = el("span", "chip " + name, shape.root, word.root);
  function set(look) {
    shown(root, Boolean(look));
    if (!look) return;
    attr(root, "data-tone", look.tone);
    shape.set(look.shape);
    word.set(look.name);
  }
  return { root, set };
}

// The same without the ground, for legends: one per kind of ballot.
export function legend() {
  const root = el("div", "legend");
  const fill = list(root, () => chip("plain"));
  return { root, set: (looks) => fill(looks, (part, look) => part.set(look)) };
}

// "计票中 · counting": how final the picture is.
export function statusTag() {
  const main = el("span", "main");
  const sub = el("span", "sub");
  const dot = el("span", "dot", " · ");
  const root = el("div", "status", main, dot, sub);
  function set(status) {
    attr(root, "data-tone", status.tone);
    put(main, status.word.main);
    put(sub, status.word.sub);
    shown(dot, status.word.sub !== "");
  }
  return { root, set };
}

// Text that keeps the place of its widest form, so that nothing beside it ever moves.
export function digits(name) {
  const text = el("span", "text");
  const root = el("span", "digits " + name, text);
  function set(now, widest) {
    put(text, now);
    attr(root, "data-widest", widest);
  }
  return { root, set };
}

const FIGURE_LEAST = 72;

// A figure with its unit. shown_value: what has rolled in so far; exact text once it has arrived.
export function figureText(figure, shown_value) {
  if (figure.value === null) return "–";
  return shown_value === figure.value ? figure.text : shown_value.toFixed(figure.decimals);
}

export function figure(name) {
  const number = digits("");
  const suffix = el("span", "suffix");
  const root = el("div", "figure " + name, number.root, suffix);
  function set(fig, shown_value) {
    number.set(figureText(fig, shown_value), fig.widest);
    put(suffix, fig.value === null ? "" : fig.suffix.main);
    attr(root, "data-none", String(fig.value === null));
    attr(root, "data-unit", fig.unit);
  }
  // As large as the room allows for the widest text it can have: it never shrinks while it rolls.
  function fitted(fig, shown_value, most) {
    set(fig, shown_value);
    fit(root, fig.widest + suffix.textContent, most, FIGURE_LEAST);
  }
  return { root, set, fit: fitted };
}

// "188 / 200", or "12,034" where nobody knows how many could vote.
export function turnout(name) {
  const number = digits("");
  const whole = el("span", "whole");
  const root = el("span", "turnout " + name, number.root, whole);
  function set(n_shown, N) {
    const n = grouped(Math.round(n_shown));
    number.set(n, N ? grouped(N) : n);
    put(whole, N ? " / " + grouped(N) : "");
  }
  return { root, set };
}

// Labelled turnout lines of a run: the room, and viewers.
export function turnouts() {
  const root = el("div", "turnouts");
  const lines = {};
  function line(key) {
    const label = pair("label");
    const count = turnout("");
    const node = root.appendChild(el("div", "line", label.root, count.root));
    return { node, label, count };
  }
  function set(list, values) {
    Object.keys(lines).forEach((key) => shown(lines[key].node, list.some((item) => item.key === key)));
    list.forEach((item) => {
      const parts = lines[item.key] || (lines[item.key] = line(item.key));
      parts.label.set(item.label);
      parts.count.set(values[item.key] || 0, item.N);
    });
  }
  return { root, set };
}

// As many children as items, made by `make`, each given its item: set(items, draw(part, item, i)).
export function list(root, make) {
  const parts = [];
  return (items, draw) => {
    while (parts.length < items.length) {
      const part = make();
      parts.push(part);
      root.append(part.root);
    }
    while (parts.length > items.length) parts.pop().root.remove();
    items.forEach((item, i) => draw(parts[i], item, i));
  };
}
