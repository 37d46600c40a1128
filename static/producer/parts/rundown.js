// The rundown: one row per official's turn, and the pledge of the one who is on.

import { html, useEffect, useState } from "../../shared/ui.js";
import { lang, pick, PHASES } from "../../shared/words.js";
import { t } from "../words.js";
import { adopt, checkSegments, freshSegment } from "../segments.js";
import { useLedger } from "../../shared/pledging.js";
import { Workdays } from "../../shared/workdays.js";
import { vagueIn } from "../../shared/vague.js";
import { api } from "../../shared/api.js";
import { clock } from "../times.js";
import { Grid } from "../grid.js";
import { Importer } from "./importer.js";
import { LooseClashes, SaveBar, refusedText } from "./controls.js";

let known = { lang: "", columns: [] };

// The same list as long as the language is, so that rows are not drawn again for nothing.
function columns() {
  if (known.lang === lang()) return known.columns;
  const column = (key, width, long = false) => ({ key, width, long, name: t(`column_${key.replace(".", "_")}`) });
  known = {
    lang: lang(),
    columns: [
      column("unit.zh", "10%"), column("unit.en", "11%"), column("post.zh", "7%"), column("post.en", "7%"),
      column("film", "11%", true), column("question", "17%", true), column("pledge", "17%", true),
      column("due", "8%"), column("target", "12%", true),
    ],
  };
  return known.columns;
}

export function Rundown({ desk }) {
  const { state, can } = desk;
  const { view } = state;
  const rows = state.drafts.rundown.mine;
  const scored = new Set(view.runs.map((run) => run.segment));
  const onAir = new Set(view.programme.map((graphic) => graphic.segment && graphic.segment.id));
  const edit = (value, what) => desk.tell({ t: "edit", section: "rundown", value, what });
  const take = (imported, replace) => edit(adopt(rows, imported, replace, new Set([...scored, ...onAir])), "import");
  const current = view.segments.find((segment) => segment.id === view.current);
  return html`
    ${current && html`<${PledgeNow} key=${current.id} desk=${desk} segment=${current} />`}
    <div class="bar">
      <h2>${t("tab_rundown")} <span class="quiet">${t("segments", { count: rows.length })}</span></h2>
      <${Importer} desk=${desk} kind="rundown" columns=${columns()} check=${checkSegments} take=${take} />
    </div>
    <${LooseClashes} desk=${desk} section="rundown" />
    ${rows.length > 0
      ? html`
        ${can && html`<p class="quiet hint">${t("grid_hint")}</p>`}
        <${Grid} desk=${desk} section="rundown" columns=${columns()} fresh=${freshSegment} label=${t("tab_rundown")}
          pinned=${(row) => (scored.has(row.id) ? t("has_run", { unit: pick(row.unit) }) : onAir.has(row.id) ? t("is_on_air", { unit: pick(row.unit) }) : "")}
          mark=${(row) => markOf(row, view)} />`
      : html`
        <div class="empty">
          <p>${t("rundown_empty")} ${can && t("rundown_start")}</p>
          ${can && html`<button type="button" class="primary" onClick=${() => edit([freshSegment()], "add")}>＋ ${t("first_row")}</button>`}
        </div>`}
    <${SaveBar} desk=${desk} section="rundown" />
    ${can && html`<${LookBack} desk=${desk} />`}
  `;
}

// Pledges of this show's earlier episodes: one press puts one at the head of the rundown, with its
// dates and the score of then; again brings it up to date.
function LookBack({ desk }) {
  const { view, chosen } = desk.state;
  const [pledges, setPledges] = useState(null);
  const [refusal, setRefusal] = useState(null);
  const there = new Map(view.segments.filter((one) => one.lookback).map((one) => [one.lookback.pledge, one]));

  async function look() {
    setRefusal(null);
    try {
      const { shows } = desk.state.catalogue;
      const show = shows.find((one) => one.episodes.some((episode) => episode.id === chosen));
      const found = await api("GET", "/api/ledger");
      setPledges(found.pledges.filter((one) => one.state !== "withdrawn" && one.origin.episode !== chosen
        && (!one.origin.show || (show && one.origin.show === show.id))));
    } catch (error) {
      setRefusal(error);
    }
  }

  async function put(pledge) {
    setRefusal(null);
    try {
      await desk.order("look_back_on", { pledge: pledge.id, before: view.segments.length ? view.segments[0].id : "" });
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="card look-back" aria-labelledby="look-back-title">
      <div class="bar"><h2 id="look-back-title">${t("look_back")}</h2>
        <button type="button" onClick=${look}>${t("look_back_choose")}</button></div>
      <p class="quiet">${t("look_back_say")}</p>
      ${refusal && html`<p class="wrong" role="alert"><span aria-hidden="true">▲</span> ${refusedText(refusal)}</p>`}
      ${pledges && !pledges.length && html`<p class="quiet" role="status">${t("look_back_none")}</p>`}
      ${pledges && html`<ul class="pledges">${pledges.map((one) => html`
        <li key=${one.id}><span class="quiet">№ ${one.number}</span>
          <span>${pick(one.unit)} · ${one.text}<br /><small class="quiet">${one.due}${one.days_late > 0 && ` · ${t("days_late", { n: one.days_late })}`}</small></span>
          <button type="button" onClick=${() => put(one)}>${t(there.has(one.id) ? "look_back_again" : "look_back_put")}</button></li>`)}</ul>`}
    </section>
  `;
}

// Beside the row's number: that it is on, else how far its scoring is.
function markOf(row, view) {
  const run = view.runs.findLast((one) => one.segment === row.id);
  const on = row.id === view.current ? "▶ " : "";
  return on + (run ? pick(PHASES[run.phase]) : "");
}

// By when and how it is measured; then into the ledger, where it is followed up.
function Terms({ desk, segment, dirty }) {
  const ledger = useLedger(segment, desk.state.chosen);
  const [refusal, setRefusal] = useState(null);
  const [due, setDue] = useState(segment.due); // as it is typed; saved when it is left
  useEffect(() => setDue(segment.due), [segment.id, segment.due]);
  const may = desk.has("producer", "director");
  const put = (field) => (event) => {
    setRefusal(null);
    desk.order("set_pledge", { segment: segment.id, [field]: event.currentTarget.value }).catch(setRefusal);
  };
  const wrong = refusal || ledger.refusal;
  return html`
    <div class="fields terms">
      <div class="field narrow"><label for="now-due">${t("column_due")}</label>
        <input id="now-due" type="date" value=${segment.due} disabled=${!may} aria-describedby="now-workdays" onInput=${(event) => setDue(event.currentTarget.value)} onChange=${put("due")} /></div>
      <div class="field"><label for="now-target">${t("column_target")}</label>
        <input id="now-target" type="text" maxlength="2000" value=${segment.target} disabled=${!may} onChange=${put("target")} /></div>
      ${may && !segment.lookback && html`<button type="button" disabled=${dirty || !segment.pledge || !segment.due || ledger.same || ledger.busy} onClick=${ledger.enter}>${t("to_ledger")}</button>`}
      <span class="good" role="status">${ledger.number > 0 && `✓ ${t("in_ledger", { n: ledger.number })}`}</span>
      <p class="far" id="now-workdays"><${Workdays} due=${due} /></p>
      ${wrong && html`<p class="wrong" role="alert"><span aria-hidden="true">▲</span> ${refusedText(wrong)}</p>`}
    </div>
  `;
}

// The pledge as it is spoken. Saved by itself, so that it never waits for the table.
function PledgeNow({ desk, segment }) {
  const [typed, setTyped] = useState(null); // null: as the server has it
  const [base, setBase] = useState(segment.pledge);
  const [saved, setSaved] = useState(0);
  const [refusal, setRefusal] = useState(null);
  const text = typed === null ? segment.pledge : typed;
  const dirty = typed !== null && typed !== segment.pledge;
  const vague = vagueIn(text);
  const elsewhere = dirty && segment.pledge !== base;

  function type(event) {
    if (typed === null) setBase(segment.pledge);
    setTyped(event.currentTarget.value);
    setSaved(0);
  }

  async function save() {
    setRefusal(null);
    try {
      await desk.order("set_pledge", { segment: segment.id, pledge: text });
      setSaved(Date.now());
      // What was typed meanwhile stays.
      setTyped((newest) => (newest === text ? null : newest));
      setBase(text);
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="now" aria-labelledby="now-title">
      <h2 id="now-title"><span class="on">▶ ${t("now")}</span> ${segment.position}. ${pick(segment.unit)} <span class="quiet">${pick(segment.post)}</span></h2>
      <label for="now-pledge">${t("column_pledge")}</label>
      <div class="now-row">
        <div class="grow" data-value=${`${text} `}>
          <textarea id="now-pledge" rows="1" value=${text} readonly=${!desk.has("producer", "director")} placeholder=${t("pledge_hint")}
            aria-describedby="now-notes" onInput=${type} />
        </div>
        ${desk.has("producer", "director") && html`
          <button type="button" class="primary" disabled=${!dirty} onClick=${save}>${t("save_pledge")}</button>`}
      </div>
      <${Terms} desk=${desk} segment=${segment} dirty=${dirty} />
      <div id="now-notes" role="status">
        ${vague.length > 0 && html`<p class="clash-said"><span aria-hidden="true">◐</span> ${vague.map(({ word, ask }) => t("vague", { word, ask: pick(ask) })).join(" ")}</p>`}
        ${elsewhere && html`<p class="clash-said"><span aria-hidden="true">⇄</span> ${t("they_wrote", { text: segment.pledge || t("nothing") })}
          <button type="button" onClick=${() => setTyped(null)}>${t("take_theirs")}</button></p>`}
        ${refusal && html`<p class="wrong"><span aria-hidden="true">▲</span> ${t("not_saved")} ${refusedText(refusal)}</p>`}
        ${!dirty && saved > 0 && html`<p class="good">✓ ${t("saved_at", { time: clock(saved) })}</p>`}
      </div>
    </section>
  `;
}
