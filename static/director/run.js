// The run that the console is about: its phase from two metres, its clock, turnout and figure.

import { html } from "../shared/ui.js";
import { PHASES, pick } from "../shared/words.js";
import { useDesk, useNow } from "./desk.js";
import { Moves } from "./moves.js";
import { Panels } from "./panels.js";
import { MARKS, Shape, time } from "./parts.js";
import { RulesLine } from "./rules.js";
import { countdown, currentSegment, figureOf, runShown, segmentOf, turnout } from "./state.js";
import { t } from "./words.js";

export function Run() {
  const { state } = useDesk();
  const run = runShown(state);
  const segment = run ? segmentOf(state, run.segment) : currentSegment(state);
  return html`<section class="run box" aria-label=${t("the_run")}>
    <${Title} segment=${segment} run=${run} />
    <${Band} run=${run} />
    ${run && run.phase !== "void" && html`<${Figures} run=${run} /><${Panels} run=${run} />`}
    <${Notes} run=${run} />
    <${RulesLine} run=${run} />
    <${Moves} run=${run} />
  </section>`;
}

const Title = ({ segment, run }) => html`<header class="run-title">
  <h2 title=${segment && `${pick(segment.unit)} ${pick(segment.post)}`}>${segment
    ? html`<span class="quiet">${segment.position}/${segment.of}</span> ${pick(segment.unit)}
        ${pick(segment.post) && html`<span class="post"> ${pick(segment.post)}</span>`}`
    : t("no_segment_title")}</h2>
  ${run && html`<p class="code">${run.code}${run.attempt > 1 && ` · ${t("attempt", { n: run.attempt })}`}</p>`}
</header>`;

// In large type, in words, in colour and in shape.
function Band({ run }) {
  const phase = run ? run.phase : "none";
  return html`<div class=${"band phase-" + phase}>
    <p class="phase"><${Shape} name=${phase} /><span>${run ? pick(PHASES[phase]) : t("no_run")}</span></p>
    <${BandNote} run=${run} /><${Clock} run=${run} />
    <p class="aside" aria-live="assertive">${run ? `${run.code} ${pick(PHASES[phase])}` : t("no_run")}</p>
  </div>`;
}

// Arming looked into the store; the director sees what it found before opening. Later: who verified.
function BandNote({ run }) {
  if (run && run.phase === "armed") {
    return html`<p class="band-note"><b>${t("zero_check")}</b> <span>${t("zero_check_at", { time: time(run.armed_ms) })}</span></p>`;
  }
  if (!run || !run.verified_by) return null;
  return run.verified_by === "server"
    ? html`<p class="band-note"><b>${t("verified_itself")}</b></p>`
    : html`<p class="band-note"><span>${t("verified_by")}</span> <b>${run.verified_by}</b></p>`;
}

// The last ten seconds stand out.
const LAST_MS = 10000;

function Clock({ run }) {
  const now = useNow(100);
  const { kind, ms } = countdown(run, now);
  if (kind === "none") return null;
  return html`<p class=${"clock" + (kind === "left" && ms <= LAST_MS ? " last" : "")} role="timer">
    <span class="clock-time">${clockText(kind, ms)}</span> <span class="clock-kind">${t("clock_" + kind, { time: kind === "viewers" && time(run.closed_ms + run.later_ms) })}</span>
  </p>`;
}

// Time that is left is rounded up: 0:00 is shown when there is nothing left, not before.
function clockText(kind, ms) {
  if (kind === "grace") return (Math.ceil(ms / 100) / 10).toFixed(1);
  const seconds = kind === "elapsed" ? Math.floor(ms / 1000) : Math.ceil(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function Figures({ run }) {
  const { state } = useDesk();
  const { n, N, online } = turnout(state, run);
  const hasOnline = run.panels.some((panel) => panel.admission === "viewers");
  return html`<dl class="figures">
    ${N > 0 && html`<div><dt>${t("voted_percent", { percent: Math.floor((100 * n) / N) })}</dt>
      <dd>${n}<small> / ${N}</small></dd></div>`}
    ${N === 0 && html`<div><dt>${t("voted")}</dt><dd>${n}</dd></div>`}
    ${hasOnline && html`<div><dt>${t("online")}</dt><dd>${online}</dd></div>`}
    <${Figure} run=${run} />
  </dl>`;
}

function Figure({ run }) {
  const { state } = useDesk();
  const { kind, text, level } = figureOf(state, run);
  const band = text && level && run.bands.find((b) => b.level === level);
  return html`<div class=${"figure figure-" + kind}><dt>${t("figure_" + kind)}</dt>
    <dd>${kind === "held" ? html`<span class="word">${t("held")}</span>` : text || "—"}
      ${text && html`<small> ${t(run.unit)}${band && html` <span class=${"level " + level}>${MARKS[level]} ${pick(band.name)}</span>`}</small>`}</dd>
  </div>`;
}

// What belongs to this run and must not be forgotten.
function Notes({ run }) {
  if (!run) return null;
  const notes = [
    run.rerun_reason && t("rerun_of", { reason: run.rerun_reason }),
    run.phase === "void" &&
      t("voided_because", { reason: run.void_reason, asked: run.void_asked_by, confirmed: run.voided_by }),
    ...(run.corrections || []).map((c) => t("corrected", { text: c.text, reason: c.reason, asked: c.asked_by, confirmed: c.confirmed_by })),
  ].filter(Boolean);
  return notes.length > 0 && html`<ul class="notes">${notes.map((note) => html`<li key=${note}>${note}</li>`)}</ul>`;
}
