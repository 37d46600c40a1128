// The panels of a run: who scores, with what weight, how many have, and how their ballots lie.

import { html } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk } from "./desk.js";
import { MARKS } from "./parts.js";
import { estimatorText } from "./rules.js";
import { bars, panelRows } from "./state.js";
import { t } from "./words.js";

export function Panels({ run }) {
  const { state } = useDesk();
  return html`<table class="panels" aria-label=${t("panels")}><tbody>
    ${panelRows(state, run).map((row) => html`<${Row} key=${row.id} row=${row} run=${run} />`)}
  </tbody></table>`;
}

function Row({ row, run }) {
  const of = row.n === null ? "" : row.N ? t("ballots_of", row) : t("ballots", row);
  return html`<tr>
    <th scope="row">${pick(row.name)}
      <small>${row.role === "advisory" ? t("advisory") : t("weight", { percent: row.weight / 10 })}
      ${row.estimator && ` · ${estimatorText(row.estimator)}`}</small></th>
    <td class="spread-cell">${row.counts && row.n > 0 && html`<${Spread} counts=${row.counts} scale=${run.scale} />`}</td>
    <td class="num">${of}${belowQuorum(row, run) && html` <small class="worry">${t("below_quorum", row)}</small>`}</td>
    <td class="num panel-figure">${row.figure}</td>
  </tr>`;
}

// A quorum of one says nothing while the first ballot is still awaited.
function belowQuorum(row, run) {
  if (row.quorum_met || run.phase === "armed") return false;
  return row.quorum > 1 || run.phase !== "open";
}

// Labels: one bar per label, with its share. Numbers: a histogram.
function Spread({ counts, scale }) {
  return scale.kind === "labels"
    ? html`<${Labels} counts=${counts} scale=${scale} />`
    : html`<${Histogram} counts=${counts} />`;
}

const LEVELS = { happy: "good", plain: "mid", sad: "poor" };

function Labels({ counts, scale }) {
  const found = new Map(counts);
  const shown = scale.buckets.map((bucket) => ({ bucket, count: found.get(bucket.value) || 0 }));
  return html`<ul class="labels">${shown.map(({ bucket, count }) => html`
    <li key=${bucket.value} class=${LEVELS[bucket.face] || ""} style=${`flex-grow:${count}`}
      title=${`${pick(bucket.name)} ${count}`}>
      <span class="aside">${pick(bucket.name)} </span>
      <span aria-hidden="true">${MARKS[LEVELS[bucket.face]] || pick(bucket.name)}</span> ${count}</li>`)}
  </ul>`;
}

function Histogram({ counts }) {
  const bins = bars(counts);
  const most = Math.max(...bins.map((bin) => bin.count), 1);
  const width = 100 / bins.length;
  const text = bins.filter((bin) => bin.count).map((bin) => `${bin.low}–${bin.high}: ${bin.count}`).join(", ");
  return html`<svg class="histogram" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=${text}>
    <title>${text}</title>
    ${bins.map((bin, i) => html`<rect key=${bin.low} x=${i * width} width=${width * 0.8}
      y=${24 - (24 * bin.count) / most} height=${(24 * bin.count) / most} fill="currentColor" />`)}
  </svg>`;
}
