// The pledges: found by unit, state and words; each with its dates, its history and what can be done.

import { html, useState } from "../shared/ui.js";
import { lang, pick } from "../shared/words.js";
import { Draft, Vague, draftAgain, newDraft } from "./draft.js";
import { MoveForm } from "./move.js";
import { LOOKS, OPEN, STATES, chosen, mayCorrect, mayMake, unitsOf } from "./state.js";
import { t } from "./words.js";

export function Pledges({ desk }) {
  const { data, filter, account } = desk.state;
  const [making, setMaking] = useState(false);
  const found = chosen(data.pledges, filter);
  const put = (name) => (event) => desk.set({ filter: { ...filter, [name]: event.currentTarget.value } });
  return html`
    <div class="bar">
      <h2>${t("tab_pledges")}</h2>
      ${mayMake(account) && !making && html`<button type="button" class="primary" onClick=${() => setMaking(true)}>＋ ${t("new_pledge")}</button>`}
    </div>
    ${making && html`<section class="card"><${Draft} desk=${desk} start=${newDraft()} leave=${() => setMaking(false)} /></section>`}
    <form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
      <label>${t("search")}<input type="search" value=${filter.text} onInput=${put("text")} /></label>
      <label>${t("unit")}<select value=${filter.unit} onChange=${put("unit")}>
        <option value="">${t("all_units")}</option>
        ${unitsOf(data.pledges).map((unit) => html`<option key=${unit.zh} value=${unit.zh}>${pick(unit)}</option>`)}</select></label>
      <label>${t("state")}<select value=${filter.state} onChange=${put("state")}>
        <option value="">${t("all_states")}</option>
        ${STATES.map((state) => html`<option key=${state} value=${state}>${t(`state_${state}`)}</option>`)}</select></label>
      <p role="status" class="quiet">${t("count", { n: found.length, N: data.pledges.length })}</p>
    </form>
    ${found.length === 0 && html`<p class="empty">${t(data.pledges.length ? "none_found" : "empty")}</p>`}
    <ul class="pledges">${found.map((pledge) => html`<${Card} key=${pledge.id} pledge=${pledge} desk=${desk} />`)}</ul>
  `;
}

export function StateChip({ state }) {
  const [shape, tone] = LOOKS[state];
  return html`<span class=${`state tone-${tone}`}><span aria-hidden="true">${shape}</span> ${t(`state_${state}`)}</span>`;
}

function Card({ pledge, desk }) {
  const open = desk.state.open === pledge.id;
  const toggle = () => desk.set({ open: open ? "" : pledge.id });
  return html`
    <li class="card pledge" id=${`pledge-${pledge.id}`}>
      <div class="pledge-head">
        <p class="who"><span class="quiet">${t("number", { n: pledge.number })}</span> <strong>${pick(pledge.unit)}</strong> <span class="quiet">${pick(pledge.post)}</span></p>
        <${StateChip} state=${pledge.stands} />
      </div>
      <p class="promise" lang="zh">${pledge.text}</p>
      <${Dates} pledge=${pledge} />
      <button type="button" class="plain" aria-expanded=${String(open)} aria-controls=${`more-${pledge.id}`} onClick=${toggle}>
        ${open ? "▾" : "▸"} ${t("details")}<span class="aside"> ${t("number", { n: pledge.number })}</span></button>
      <div id=${`more-${pledge.id}`}>${open && html`<${More} pledge=${pledge} desk=${desk} />`}</div>
    </li>
  `;
}

function Dates({ pledge }) {
  return html`
    <p class="dates">
      <span>${t("due")} <strong>${pledge.due}</strong></span>
      ${pledge.dues.length > 0 && html`<span class="quiet">${t("earlier")} ${pledge.dues.map((day) => html`<s key=${day}>${day}</s> `)}</span>`}
      ${pledge.last_day !== pledge.due && html`<span class="quiet">${t("last_day", { day: pledge.last_day })}</span>`}
      ${pledge.days_late > 0 && html`<span class="wrong">! ${t("late", { days: pledge.days_late, workdays: pledge.workdays_late })}</span>`}
      ${!pledge.calendar_known && OPEN.includes(pledge.stands) && html`<span class="worry">◐ ${t("unknown_year", { year: pledge.last_day.slice(0, 4) })}</span>`}
    </p>`;
}

// The way on; all else is a way off it.
const ONWARD = ["accept", "start", "claim", "verify"];

function More({ pledge, desk }) {
  const [move, setMove] = useState("");
  const [said, setSaid] = useState("");
  const correctable = pledge.state === "made" && mayCorrect(desk.state.account);
  const fact = (key, value) => value && html`<div key=${key}><dt>${t(key)}</dt><dd>${value}</dd></div>`;
  const done = () => {
    setMove("");
    setSaid(t("done"));
  };
  return html`
    <dl class="facts">
      ${fact("target", pledge.target)}${fact("wanted", pledge.wanted)}${fact("question", pledge.question)}
      ${fact("made_day", pledge.made_day)}${fact("timecode", pledge.origin.timecode)}
    </dl>
    <${Vague} text=${pledge.text} />
    <h3>${t("history")}</h3>
    ${pledge.steps.length === 0 && html`<p class="quiet">${t("no_history")}</p>`}
    <ol class="steps">${pledge.steps.map((step, i) => html`<${Step} key=${i} step=${step} zone=${desk.state.data.zone} />`)}</ol>
    <p role="status" class="good">${said && `✓ ${said}`}</p>
    ${(pledge.moves.length > 0 || correctable) && !move && html`
      <div class="keys">
        ${pledge.moves.map((name, i) => html`<button type="button" key=${name} class=${i === 0 && ONWARD.includes(name) ? "primary" : ""}
          onClick=${() => { setSaid(""); setMove(name); }}>${t(`move_${name}`)}</button>`)}
        ${correctable && html`<button type="button" onClick=${() => setMove("correct")}>${t("correct")}</button>`}
      </div>`}
    ${move === "correct" && html`<${Draft} desk=${desk} start=${draftAgain(pledge)} leave=${done} />`}
    ${move && move !== "correct" && html`<${MoveForm} key=${move} desk=${desk} pledge=${pledge} move=${move} done=${done} leave=${() => setMove("")} />`}
  `;
}

function Step({ step, zone }) {
  // In the server's zone, in which a day begins.
  const style = { dateStyle: "medium", timeStyle: "short", timeZone: zone };
  const when = step.at_ms ? new Date(step.at_ms).toLocaleString(lang() === "zh" ? "zh-CN" : "en-GB", style) : step.day;
  return html`
    <li>
      <p><${StateChip} state=${step.state} /> <span class="quiet">${when} · ${t(`by_${step.role}`)}${step.by && ` · ${step.by}`}</span>
        ${step.due && html` <strong>${t("new_date", { day: step.due })}</strong>`}</p>
      ${step.note && html`<p lang="zh">${step.note}</p>`}
      ${step.files.length > 0 && html`<ul class="files">${step.files.map((file) => html`<${File} key=${file.sha256} file=${file} />`)}</ul>`}
    </li>
  `;
}

// Whoever may open a file sees its name; everybody sees what it is, and the hash that holds it.
function File({ file }) {
  const size = file.size >= 1e6 ? `${(file.size / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(file.size / 1e3))} KB`;
  const about = html`<span class="quiet">${file.type} · ${size} · <code>${file.sha256.slice(0, 16)}…</code></span>`;
  if (file.name === undefined) return html`<li>${about}</li>`;
  return html`<li><a href=${`/api/ledger/evidence/${file.sha256}`} download=${file.name}>${file.name || file.type}</a> ${about}</li>`;
}
