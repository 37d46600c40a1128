// The open record of the show: its licence, and cards and budgets from files. A file is read by the
// server, looked at here, and published as it is or not at all: corrections are made in the file.

import { html, useEffect, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { pick } from "../../shared/words.js";
import { t } from "../words.js";
import { clock, day } from "../times.js";
import { Held, refusedText } from "./controls.js";

const LICENCES = [
  { name: "CC BY 4.0", url: "https://creativecommons.org/licenses/by/4.0/" },
  { name: "CC BY-SA 4.0", url: "https://creativecommons.org/licenses/by-sa/4.0/" },
  { name: "CC0 1.0", url: "https://creativecommons.org/publicdomain/zero/1.0/" },
];

const ACCEPT = ".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

export function OpenRecord({ desk }) {
  const { catalogue, chosen } = desk.state;
  const show = catalogue && (catalogue.shows.find((one) => one.episodes.some((e) => e.id === chosen)) || catalogue.shows[0]);
  if (!show) return html`<p class="empty">${t("choose_first")}</p>`;
  return html`<${OfShow} key=${show.id} show=${show} can=${desk.can} />`;
}

function OfShow({ show, can }) {
  const [stands, setStands] = useState(null);
  const [refusal, setRefusal] = useState(null);
  const path = (rest) => `/api/shows/${encodeURIComponent(show.id)}/${rest}`;

  // Does it, and shows what stands then; whether it was done.
  async function attempt(act) {
    setRefusal(null);
    try {
      await act();
      setStands(await api("GET", path("disclosure")));
      return true;
    } catch (error) {
      setRefusal(error);
      return false;
    }
  }
  useEffect(() => { attempt(async () => {}); }, []);
  const publish = (wanted) => attempt(() => api("POST", path("disclosure"), wanted));
  const address = `/record/${encodeURIComponent(show.id)}`;

  return html`
    <section class="card">
      <h2>${t("record_of", { show: pick(show.name) })}</h2>
      <p>${t("record_say")} <a href=${address} target="_blank">${address}</a></p>
    </section>
    ${refusal && html`<p class="strip bad" role="alert">${refusedText(refusal)} <button type="button" onClick=${() => attempt(async () => {})}>${t("again")}</button></p>`}
    ${!stands && !refusal && html`<p class="quiet" role="status">${t("loading")}</p>`}
    ${stands && html`
      <${LicenceCard} key=${`${stands.licence.name} ${stands.licence.url}`} licence=${stands.licence} can=${can} publish=${publish} />
      <${Table} table="cards" path=${path} can=${can} attempt=${attempt}>
        ${stands.cards.map((one) => html`
          <${Standing} key=${one.unit.zh} name=${pick(one.unit)} facts=${t("card_count", { count: one.count })} at=${one.at_ms} can=${can}
            onOut=${() => publish({ cards: [{ unit: one.unit, cards: [] }] })} />`)}
      <//>
      <${Table} table="budgets" path=${path} can=${can} attempt=${attempt}>
        ${stands.budgets.map((one) => html`
          <${Standing} key=${`${one.unit.zh} ${one.year} ${one.stage}`} name=${budgetName(one)} facts=${budgetFacts(one)} at=${one.at_ms} can=${can}
            onOut=${() => publish({ budgets: [{ unit: one.unit, year: one.year, stage: one.stage, lines: [], stated: null }] })} />`)}
      <//>`}
  `;
}

const budgetName = (one) => `${pick(one.unit)} ${one.year} ${t(`stage_${one.stage}`)}`;

// "1234567.50" → "1,234,567.50": the text itself, so that no fen is lost.
const grouped = (yuan) => yuan.replace(/\B(?=(\d{3})+\.)/g, ",");

function budgetFacts(one) {
  const sign = one.difference && !one.difference.startsWith("-") ? "+" : "";
  return [
    t("budget_total", { total: grouped(one.total), count: one.count }),
    t("budget_three", { three: grouped(one.three) }),
    one.difference && t("budget_difference", { difference: sign + grouped(one.difference) }),
    t(one.stated ? "sum_checked" : "sum_unchecked"),
  ].filter(Boolean).join(" · ");
}

function LicenceCard({ licence, can, publish }) {
  const [typed, setTyped] = useState(licence);
  const dirty = typed.name !== licence.name || typed.url !== licence.url;

  function name(event) {
    const known = LICENCES.find((one) => one.name === event.currentTarget.value);
    setTyped(known || { ...typed, name: event.currentTarget.value });
  }

  return html`
    <section class="card">
      <h2>${t("licence")}</h2>
      <p class="quiet hint">${t("licence_say")}</p>
      <form class="fields" onSubmit=${(event) => { event.preventDefault(); publish({ licence: typed }); }}>
        <div class="field"><label for="licence-name">${t("licence_name")}</label>
          <input id="licence-name" type="text" list="licences" maxlength="200" value=${typed.name} readonly=${!can} onInput=${name} />
          <datalist id="licences">${LICENCES.map((one) => html`<option key=${one.name} value=${one.name} />`)}</datalist></div>
        <div class="field"><label for="licence-url">${t("licence_url")}</label>
          <input id="licence-url" type="text" inputmode="url" maxlength="200" value=${typed.url} readonly=${!can}
            onInput=${(event) => setTyped({ ...typed, url: event.currentTarget.value })} /></div>
        ${can && html`<div class="keys"><button class="primary" disabled=${!dirty}>${t("save")}</button></div>`}
      </form>
    </section>
  `;
}

// What stands, and what a file would make of it. children: a row for each thing that stands.
function Table({ table, path, can, attempt, children }) {
  const [found, setFound] = useState(null); // {file, ...what the server read}
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState("");

  async function choose(event) {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = ""; // so that the same file, corrected, can be chosen again
    if (!file) return;
    setFound(null);
    setRefusal(null);
    setDone("");
    setBusy(true);
    try {
      setFound({ file, ...(await api("POST", path(`rows/${table}`), file)) });
    } catch (error) {
      setRefusal({ name: file.name, error });
    }
    setBusy(false);
  }

  async function publish() {
    setBusy(true);
    if (await attempt(() => api("POST", path(`disclosure/${table}`), found.file))) {
      setDone(found.file.name);
      setFound(null);
    }
    setBusy(false);
  }

  return html`
    <section class="card">
      <div class="bar">
        <h2>${t(`table_${table}`)} <span class="quiet">${t("entries", { count: children.length })}</span></h2>
        <div class="import">
          ${can && html`
            <label class="file key">
              <input type="file" class="aside" accept=${ACCEPT} onChange=${choose} disabled=${busy} />
              ${t(busy ? "reading" : "import")}
            </label>`}
          <span class="quiet">${t("template")}</span>
          <a class="key" href=${`/api/templates/${table}.xlsx`} download aria-label=${`${t(`table_${table}`)} XLSX`}>XLSX</a>
          <a class="key" href=${`/api/templates/${table}.csv`} download aria-label=${`${t(`table_${table}`)} CSV`}>CSV</a>
        </div>
      </div>
      <p class="quiet hint">${t(`table_${table}_say`)}</p>
      ${refusal && html`<p class="strip bad" role="alert">${t("file_refused", { name: refusal.name })} ${refusedText(refusal.error)}</p>`}
      ${done && html`<p class="good" role="status">✓ ${t("published", { name: done })}</p>`}
      ${found && html`<${Preview} found=${found} busy=${busy} onPublish=${publish} onDrop=${() => setFound(null)} />`}
      ${children.length > 0
        ? html`<div class="scroll" tabindex="0" role="group" aria-label=${t(`table_${table}`)}><table class="plain-table"><tbody>${children}</tbody></table></div>`
        : html`<p class="quiet">${t("nothing_published")}</p>`}
    </section>
  `;
}

function Standing({ name, facts, at, can, onOut }) {
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td>${facts}</td>
      <td class="quiet">${day(at)} ${clock(at)}</td>
      <td class="row-keys">${can && html`<${Held} cls="danger" onDone=${onOut}>${t("take_out")}<//>`}</td>
    </tr>
  `;
}

// The file as it is, each wrong cell where it stands.
function Preview({ found, busy, onPublish, onDrop }) {
  const { file, columns, rows, errors, notes, cards, budgets } = found;
  const told = [...errors.map((one) => ({ ...one, bad: true })), ...notes];
  const wrong = new Map(told.map((one) => [`${one.row} ${one.column}`, one]));
  const count = t("file_errors", { count: errors.length });
  return html`
    <section class="preview" aria-label=${t("preview")}>
      <p role="status"><strong>${t("file_rows", { name: file.name, rows: rows.length })}</strong>
        ${errors.length > 0 && html` <span class="wrong">▲ ${count}</span>`}</p>
      ${errors.length > 0 && html`
        <ul class="file-errors" tabindex="0" aria-label=${count}>
          ${errors.map((one, i) => html`<li key=${i}>${t("file_row", { row: one.row })} ${one.column} ${refusedText({ message: one.text })}</li>`)}
        </ul>`}
      ${errors.length === 0 && html`
        <ul class="effects" role="status">
          ${cards.map((one) => html`<li key=${one.unit.zh}>${t(`status_${one.status}`)} ${pick(one.unit)} · ${t("card_count", { count: one.count })}</li>`)}
          ${budgets.map((one) => html`<li key=${`${one.unit.zh} ${one.year} ${one.stage}`}>${t(`status_${one.status}`)} ${budgetName(one)} · ${budgetFacts(one)}</li>`)}
        </ul>`}
      <div class="preview-scroll" tabindex="0" role="group" aria-label=${t("preview")}>
        <table>
          <thead><tr><th scope="col">#</th>${columns.map((name) => html`<th scope="col" key=${name}>${name}</th>`)}</tr></thead>
          <tbody>${rows.map(({ row, cells }) => html`
            <tr key=${row}>
              <th scope="row">${row}</th>
              ${columns.map((name, i) => html`<${Cell} key=${name} text=${cells[i]} said=${wrong.get(`${row} ${name}`)} />`)}
            </tr>`)}</tbody>
        </table>
      </div>
      <p class="quiet">${t(errors.length ? "correct_the_file" : "publish_note")}</p>
      <div class="keys">
        <button type="button" class="primary" disabled=${busy || errors.length > 0} onClick=${onPublish}>${t("publish")}</button>
        <button type="button" onClick=${onDrop}>${t("import_drop")}</button>
      </div>
    </section>
  `;
}

function Cell({ text, said }) {
  return html`<td class=${said && said.bad ? "bad" : ""}>${text}
    ${said && html`<p class=${said.bad ? "wrong" : "clash-said"}><span aria-hidden="true">${said.bad ? "▲" : "◐"}</span> ${refusedText({ message: said.text })}</p>`}</td>`;
}
