// A panel's part of a score: on one line, or as a card with a chart.

import { axisShare, filledBar, histogram, labelBars, stackedBar } from "./bars.js";
import { digits, el, figure, pair, shown, turnout } from "./parts.js";

// Name, weight or why it does not count, ballots or place on the axis, n of N, figure.
export function panelRow() {
  const name = pair("name");
  const weight = digits("weight");
  const tag = pair("tag");
  const bars = { stack: stackedBar(), filled: filledBar() };
  const number = figure("small");
  const count = turnout("small");
  const root = el("div", "row", name.root, el("div", "standing", weight.root, tag.root),
    el("div", "bars", bars.stack.root, bars.filled.root), number.root, count.root);

  function set(panel, values) {
    name.set(panel.name);
    shown(weight.root, !panel.tag);
    weight.set(panel.weight, panel.weight);
    shown(tag.root, Boolean(panel.tag));
    tag.set(panel.tag && panel.tag.short);
    drawBar(bars, panel, values);
    number.set(panel.figure, values[panel.id + "/figure"]);
    count.set(values[panel.id + "/n"] || 0, panel.N);
  }
  return { root, set };
}

// The same on a line of its own, and under it a chart of each kind of ballot, or where there is no
// room for one a bar. grown: 0 to 1, how far a chart has risen.
export function panelCard() {
  const name = pair("name");
  const weight = pair("weight");
  const share = digits("weight");
  const number = figure("middle");
  const count = turnout("middle");
  const bars = { labels: labelBars(), histogram: histogram(), stack: stackedBar(), filled: filledBar() };
  const top = el("div", "top", name.root, weight.root, share.root, count.root, number.root);
  const root = el("div", "card", top, ...Object.keys(bars).map((key) => bars[key].root));

  function set(panel, values, grown, charted) {
    name.set(panel.name);
    weight.set(panel.tag ? panel.tag.long : panel.weight_label);
    shown(share.root, !panel.tag);
    share.set(panel.weight, panel.weight);
    // A panel of which only the figure is known has no ballots to chart.
    if (charted && panel.buckets.length) drawChart(bars, panel, values, grown);
    else drawBar(bars, panel, values);
    number.set(panel.figure, values[panel.id + "/figure"]);
    count.set(values[panel.id + "/n"] || 0, panel.N);
  }
  return { root, set };
}

function drawBar(bars, panel, values) {
  const labels = panel.scale === "labels";
  choose(bars, labels ? "stack" : "filled");
  if (labels) bars.stack.set(panel, values);
  else bars.filled.set(axisShare(panel, values));
}

function drawChart(bars, panel, values, grown) {
  const chosen = panel.scale === "labels" ? "labels" : "histogram";
  choose(bars, chosen);
  bars[chosen].set(panel, values, grown);
}

function choose(bars, chosen) {
  Object.keys(bars).forEach((key) => shown(bars[key].root, key === chosen));
}
