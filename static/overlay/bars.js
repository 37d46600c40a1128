// Bars that roll: stacked, filled, and histograms. Only transforms and opacity change on a frame.

import { chip, digits, el, list, mark, mode, put, shown, style } from "./parts.js";
import { percents } from "./motion.js";
import { grouped } from "./language.js";

const scaleX = (share) => "scaleX(" + share.toFixed(4) + ")";
const scaleY = (share) => "scaleY(" + share.toFixed(4) + ")";
const along = (share) => "translateX(" + (100 * share).toFixed(2) + "%)";

// A segment is wide enough, in px, for its shape and percent, or for its shape alone.
const ROOM_FOR_BOTH = 124;
const ROOM_FOR_SHAPE = 52;

const sharesOf = (panel, values) =>
  panel.buckets.map((bucket) => values[panel.id + "/share/" + bucket.value] || 0);

// One panel's ballots as one bar, a segment for each bucket of a label scale.
export function stackedBar() {
  const root = el("div", "track stack");
  // Watched, not asked for on every frame: asking costs a layout.
  let width = 0;
  new ResizeObserver(() => { width = root.clientWidth; }).observe(root);
  const fill = list(root, () => {
    const area = el("div", "area");
    const shape = mark();
    const percent = el("span", "percent");
    const label = el("div", "over", shape.root, percent);
    return { root: el("div", "segment", area, label), area, shape, percent, label };
  });

  function set(panel, values) {
    const shares = sharesOf(panel, values);
    const whole = percents(shares);
    let start = 0;
    fill(panel.buckets, (part, bucket, i) => {
      const room = shares[i] * width;
      mode(part.root, "tone", bucket.tone);
      part.shape.set(bucket.shape);
      put(part.percent, whole[i] + "%");
      style(part.area, "transform", along(start) + " " + scaleX(shares[i]));
      style(part.label, "transform", along(start));
      style(part.label, "opacity", room >= ROOM_FOR_SHAPE ? "1" : "0");
      style(part.percent, "opacity", room >= ROOM_FOR_BOTH ? "1" : "0");
      start += shares[i];
    });
  }
  return { root, set };
}

// Where a figure stands between the ends of its axis.
export function filledBar() {
  const area = el("div", "area");
  const root = el("div", "track", area);
  const set = (share) => style(area, "transform", scaleX(Math.min(1, Math.max(0, share))));
  return { root, set };
}

// Share of the axis at which a panel's figure stands; 0 without one.
export function axisShare(panel, values) {
  const figure = values[panel.id + "/figure"];
  if (figure === undefined) return 0;
  return (figure - panel.axis[0]) / (panel.axis[1] - panel.axis[0]);
}

// A row for each kind of ballot: shape and word, bar, percent, ballots.
export function labelBars() {
  const root = el("div", "label-bars");
  const fill = list(root, () => {
    const name = chip("plain");
    const bar = filledBar();
    const percent = digits("percent");
    const count = digits("count");
    const row = el("div", "label-bar", name.root, bar.root, percent.root, count.root);
    return { root: row, name, bar, percent, count };
  });

  function set(panel, values, grown) {
    const shares = sharesOf(panel, values);
    const whole = percents(shares);
    fill(panel.buckets, (part, bucket, i) => {
      mode(part.root, "tone", bucket.tone);
      part.name.set(bucket);
      part.bar.set(shares[i] * grown);
      part.percent.set(panel.n ? whole[i] + "%" : "–", "100%");
      part.count.set(grouped(Math.round(values[panel.id + "/count/" + bucket.value] || 0)), grouped(panel.n));
    });
  }
  return { root, set };
}

// So few columns that each can say its value and its percent.
const FEW = 11;
const TICKS = 5;

// A column for each bucket of a number scale, as high as its share of the fullest one, and a line
// where the panel's figure stands.
export function histogram() {
  const columns = el("div", "columns");
  const needle = el("div", "needle");
  const ticks = el("div", "ticks");
  const root = el("div", "histogram", el("div", "plot", columns, needle), ticks);
  const fillColumns = list(columns, () => ({ root: el("div", "column") }));
  const fillTicks = list(ticks, () => {
    const value = el("span", "value");
    const percent = el("span", "percent");
    return { root: el("span", "tick", value, percent), value, percent };
  });

  function set(panel, values, grown) {
    const count = panel.buckets.length;
    const width = count > FEW ? 0.8 : 0.5;
    fillColumns(panel.buckets, (part, bucket, i) => {
      style(part.root, "left", (100 * (i + (1 - width) / 2)) / count + "%");
      style(part.root, "width", (100 * width) / count + "%");
      style(part.root, "transform", scaleY(grown * (values[panel.id + "/height/" + bucket.value] || 0)));
    });
    const figure = values[panel.id + "/figure"];
    shown(needle, figure !== undefined);
    style(needle, "transform", along((axisShare(panel, values) * (count - 1) + 0.5) / count));
    drawTicks(panel, values);
  }

  function drawTicks(panel, values) {
    const count = panel.buckets.length;
    const whole = count > FEW ? [] : percents(sharesOf(panel, values));
    fillTicks(tickPlaces(count), (part, place) => {
      put(part.value, String(panel.buckets[place].value));
      put(part.percent, panel.n && whole.length ? whole[place] + "%" : "");
      style(part.root, "left", (100 * (place + 0.5)) / count + "%");
    });
  }
  return { root, set };
}

// Every column where they are few, else the ends and quarters.
function tickPlaces(count) {
  const step = count > FEW ? (count - 1) / (TICKS - 1) : 1;
  const places = [];
  for (let place = 0; place < count; place += step) places.push(Math.round(place));
  return places;
}
