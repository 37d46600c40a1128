// The widgets, one per kind of scale: keys with faces, a grid of numbers, or a slider with its
// figure and presets. They keep no value: what is chosen is in the state, and at first nothing is.

import { pick } from "../shared/words.js";
import { $, enable, make, onPress, put } from "./dom.js";
import { say } from "./text.js";

const FEW = 11; // values that fit as keys
const PRESETS = 5; // steps between the presets of a long scale
const THUMB = 48; // px, as in vote.css

// What a value is called on keys, in the state of the vote, in the result.
export function valueText({ scale }, value) {
  if (scale.kind === "numbers") return say("points", { points: value });
  return pick(scale.buckets.find((bucket) => bucket.value === value).name);
}

// Builds the scale of a run into the page. Returns update(value, enabled); calls onPick(value),
// null for a number being typed that is not on the scale.
export function openScale(run, onPick) {
  const { kind, buckets } = run.scale;
  const labels = kind === "labels";
  const long = !labels && buckets.length > FEW;
  $("keys").textContent = "";
  $("keys").className = labels ? (buckets.length > 5 ? "labels many" : "labels") : long ? "presets" : "numbers";
  $("keys").style.setProperty("--columns", buckets.length > 6 ? Math.ceil(buckets.length / 2) : buckets.length);
  $("slider").hidden = !long;
  $("ends").hidden = labels || long;
  const { low, high } = run.scale;
  put("low", say("lowest", { value: low }));
  put("high", say("highest", { value: high }));
  const slider = long ? openSlider(run.scale, onPick) : null;
  const keys = (long ? slider.presets : buckets).map((bucket) => {
    const key = make("button", { class: "key" }, ...(labels ? labelParts(run, bucket) : [String(bucket.value)]));
    onPress(key, () => onPick(bucket.value));
    $("keys").append(key);
    return (value, on) => {
      key.setAttribute("aria-pressed", value === bucket.value);
      enable(key, on);
    };
  });
  return (value, on) => {
    keys.forEach((update) => update(value, on));
    if (slider) slider.update(value, on);
  };
}

// Face, word, and what it means: points where the result is in points, else satisfied or not.
function labelParts({ unit }, { name, face, points, satisfied }) {
  const means = unit === "points" ? say("points", { points }) : say(satisfied ? "satisfied" : "not_satisfied");
  const text = make("span", {}, make("b", {}, pick(name)), " ", make("small", {}, means));
  return face ? [make("svg", { class: face, "aria-hidden": true }, make("use", { href: "#" + face })), text] : [text];
}

function openSlider({ low, high, step }, onPick) {
  const typed = $("typed");
  const range = $("range");
  const track = $("track");
  let now = null;
  let on = false;

  const place = (value) => low + Math.round((Math.min(Math.max(value, low), high) - low) / step) * step;
  const choose = (value) => {
    warn(false);
    if (on) onPick(place(value));
    show();
  };

  function read() {
    const value = Number(typed.value);
    return typed.value.trim() && place(value) === value ? value : null;
  }

  function warn(is) {
    put("wrong", is ? say(step > 1 ? "wrong_step" : "wrong", { low, high, step }) : "");
    typed.setAttribute("aria-invalid", is);
  }

  function show() {
    const set = now !== null;
    typed.value = set ? now : "";
    range.value = set ? now : (low + high) / 2;
    range.setAttribute("aria-valuetext", set ? say("points", { points: now }) : say("choose"));
    track.className = set ? "" : "unset";
    track.style.setProperty("--at", set ? (now - low) / (high - low) : 0);
  }

  // A finger anywhere on the track moves the thumb there: some browsers only take hold of a thumb,
  // and before the first choice there is none to see. The native control keeps the keyboard.
  function follow(event) {
    const box = track.getBoundingClientRect();
    choose(low + ((event.clientX - box.left - THUMB / 2) / (box.width - THUMB)) * (high - low));
  }

  track.onpointerdown = (event) => {
    event.preventDefault();
    range.focus();
    track.setPointerCapture(event.pointerId);
    follow(event);
  };
  track.onpointermove = (event) => track.hasPointerCapture(event.pointerId) && follow(event);
  range.oninput = () => choose(Number(range.value));
  typed.oninput = () => on && onPick(read());
  // Half a number is no mistake; only what is left there is.
  typed.onchange = () => warn(typed.value !== "" && read() === null);
  onPress($("less"), () => choose(now - step));
  onPress($("plus"), () => choose(now + step));
  Object.assign(range, { min: low, max: high, step });
  typed.inputMode = low < 0 ? "text" : "numeric";
  [typed, range].forEach((input) => input.setAttribute("aria-label", say("score", { low, high })));
  $("less").setAttribute("aria-label", say("less", { step }));
  $("plus").setAttribute("aria-label", say("plus", { step }));
  warn(false);

  return {
    presets: Array.from({ length: PRESETS + 1 }, (_, i) => ({ value: place(low + ((high - low) * i) / PRESETS) })),
    update(value, enabled) {
      now = value;
      on = enabled;
      // What is being typed is not overwritten under the fingers.
      if (document.activeElement !== typed) show();
      typed.readOnly = !on;
      const movable = on && now !== null;
      enable($("less"), movable && now > low);
      enable($("plus"), movable && now < high);
    },
  };
}
