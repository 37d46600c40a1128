// The rundown: one row per official's turn, and the pledge of the one who is on.

import { html, useState } from "../../shared/ui.js";
import { lang, pick, PHASES } from "../../shared/words.js";
import { t } from "../words.js";
import { adopt, checkSegments, freshSegment, vagueWords } from "../segments.js";
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
      column("unit.zh", "12%"), column("unit.en", "13%"), column("post.zh", "8%"), column("post.en", "9%"),
      column("film", "14%", true), column("question", "21%", true), column("pledge", "23%", true),
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
  `;
}

// Beside the row's number: that it is on, else how far its scoring is.
function markOf(row, view) {
  const run = view.runs.findLast((one) => one.segment === row.id);
  const on = row.id === view.current ? "▶ " : "";
  return on + (run ? pick(PHASES[run.phase]) : "");
}

// The pledge as it is spoken. Saved by itself, so that it never waits for the table.
function PledgeNow({ desk, segment }) {
  const [typed, setTyped] = useState(null); // null: as the server has it
  const [base, setBase] = useState(segment.pledge);
  const [saved, setSaved] = useState(0);
  const [refusal, setRefusal] = useState(null);
  const text = typed === null ? segment.pledge : typed;
  const dirty = typed !== null && typed !== segment.pledge;
  const vague = vagueWords(text);
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
      <div id="now-notes" role="status">
        ${vague.length > 0 && html`<p class="clash-said"><span aria-hidden="true">◐</span> ${t("vague", { words: vague.join(" · ") })}</p>`}
        ${elsewhere && html`<p class="clash-said"><span aria-hidden="true">⇄</span> ${t("they_wrote", { text: segment.pledge || t("nothing") })}
          <button type="button" onClick=${() => setTyped(null)}>${t("take_theirs")}</button></p>`}
        ${refusal && html`<p class="wrong"><span aria-hidden="true">▲</span> ${t("not_saved")} ${refusedText(refusal)}</p>`}
        ${!dirty && saved > 0 && html`<p class="good">✓ ${t("saved_at", { time: clock(saved) })}</p>`}
      </div>
    </section>
  `;
}
