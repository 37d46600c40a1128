// What came of it: the runs, the pledges, the files to take away, and the log.

import { html } from "../../shared/ui.js";
import { pick, PHASES } from "../../shared/words.js";
import { t, hasWord } from "../words.js";
import { clock, zone } from "../times.js";
import { Replay } from "./replay.js";

const SHAPES = { good: "✓", mid: "○", poor: "✕" };
const EXPORTS = ["xlsx", "csv", "json", "pdf", "bundle", "public"];

export function Results({ desk }) {
  const { view } = desk.state;
  const hidden = view.runs.filter((run) => !run.result && run.phase !== "void" && run.visibility === "held").length;
  return html`
    <section class="card">
      <h2>${t("export")}</h2>
      <p>${t("export_say")}</p>
      <div class="exports">
        ${EXPORTS.map((kind) => html`
          <a class="export" key=${kind} href=${desk.path(`export/${kind}`)} download>
            <strong>↓ ${t(`export_${kind}`)}</strong> <span class="quiet">${t(`export_${kind}_say`)}</span>
          </a>`)}
      </div>
      ${hidden > 0 && html`<p class="clash-said">◐ ${t("export_held", { count: hidden })}</p>`}
    </section>
    <section class="card">
      <h2>${t("runs_title")}</h2>
      ${view.runs.length === 0 && html`<p class="quiet">${t("no_runs")}</p>`}
      ${view.runs.length > 0 && html`
        <div class="scroll" tabindex="0" role="group" aria-label=${t("runs_title")}><table class="plain-table">
          <thead><tr>
            <th scope="col">${t("segment")}</th><th scope="col">${t("run")}</th><th scope="col">${t("phase")}</th>
            <th scope="col" class="right">${t("figure_short")}</th><th scope="col">${t("level")}</th>
            <th scope="col">${t("votes")}</th><th scope="col">${t("rules_short")}</th><th scope="col">${t("opened", { zone: zone() })}</th>
          </tr></thead>
          <tbody>${view.runs.map((run) => html`<${Run} key=${run.id} run=${run} desk=${desk} />`)}</tbody>
        </table></div>`}
    </section>
    <${Replay} desk=${desk} />
    <section class="card">
      <h2>${t("pledges")}</h2>
      ${view.segments.length === 0 && html`<p class="quiet">${t("rundown_empty")}</p>`}
      <ol class="pledges">
        ${view.segments.map((segment) => html`
          <li key=${segment.id}>
            <span class="quiet">${segment.position}.</span>
            <strong>${pick(segment.unit)} <span class="quiet">${pick(segment.post)}</span></strong>
            ${segment.pledge ? html`<span>${segment.pledge}</span>` : html`<span class=${scored(segment, view) ? "clash-said" : "quiet"}>${scored(segment, view) ? "▲ " : ""}${t("no_pledge")}</span>`}
          </li>`)}
      </ol>
    </section>
    <section class="card">
      <h2>${t("log")} <span class="quiet">${t("log_say", { zone: zone() })}</span></h2>
      <ol class="log">
        ${[...view.log].reverse().map((entry) => html`
          <li key=${entry.revision}>
            <span class="quiet">${clock(entry.at_ms)}</span>
            <span class="quiet">${entry.by}</span>
            <span>${hasWord(`event_${entry.type}`) ? t(`event_${entry.type}`) : entry.type}${entry.text ? html` · <span>${entry.text}</span>` : ""}</span>
          </li>`)}
      </ol>
    </section>
  `;
}

const scored = (segment, view) => view.runs.some((run) => run.segment === segment.id && run.phase !== "void");

function Run({ run, desk }) {
  const { view, tallies } = desk.state;
  const segment = view.segments.find((one) => one.id === run.segment);
  const { result } = run;
  const unit = t(`unit_${run.unit}`);
  return html`
    <tr class=${run.phase === "void" ? "void" : ""}>
      <th scope="row">${segment ? `${segment.position}. ${pick(segment.unit)}` : run.segment}</th>
      <td>${run.code}${run.attempt > 1 ? ` · ${t("attempt", { attempt: run.attempt })}` : ""}
        ${run.rerun_reason && html`<div class="quiet">${t("rerun_reason")} ${run.rerun_reason}</div>`}</td>
      <td>${pick(PHASES[run.phase])}
        ${run.phase === "void" && html`<div class="quiet">${t("void_reason")} ${run.void_reason}</div>`}
        ${run.phase !== "void" && run.void_asked_by && html`<div class="clash-said">${t("void_asked", { by: run.void_asked_by })}</div>`}</td>
      <td class="right figure">${result ? (result.figure ? html`<strong>${result.figure}</strong> ${unit}` : t("no_result")) : "–"}</td>
      <td>${result && result.level && html`<span class=${`level level-${result.level}`}><span aria-hidden="true">${SHAPES[result.level]}</span> ${levelName(run)}</span>`}</td>
      <td><${Turnout} run=${run} tally=${tallies[run.id]} /></td>
      <td><code title=${run.rules_hash}>${run.rules_hash.slice(0, 8)}</code></td>
      <td>${run.opened_ms ? clock(run.opened_ms) : "–"}
        ${viewersUntil(run) > 0 && html`<div class="quiet">${t("viewers_until", { time: clock(viewersUntil(run)) })}</div>`}</td>
    </tr>
  `;
}

// Where a channel brings the broadcast later, its viewers vote on after the studio; 0 where all close
// at once, or nobody knows when.
function viewersUntil(run) {
  const end_ms = run.closed_ms || run.deadline_ms;
  return run.later_ms && end_ms ? end_ms + run.later_ms : 0;
}

// The band of the figure as it is shown, by the run's own rules.
function levelName(run) {
  const band = run.bands.find((one) => Number(run.result.figure) >= one.floor);
  return band ? pick(band.name) : "";
}

function Turnout({ run, tally }) {
  const counted = run.result || tally;
  if (!counted) return "–";
  const viewers = run.panels.some((panel) => panel.admission === "viewers");
  return html`
    ${counted.N > 0 && html`<span>${t("n_of_N", { n: counted.n, N: counted.N })}</span>`}
    ${viewers && html`<div class="quiet">${t("n_online", { n: counted.online })}</div>`}
  `;
}
