// Files in and out, the calendar feed, and the holidays of years that were published since.

import { html, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { daysIn, mayExport, mayImport } from "./state.js";
import { refusedText, t } from "./words.js";

const READ_MS = 30000;

export function Files({ desk }) {
  const { account } = desk.state;
  const unit = account && account.unit ? `?${new URLSearchParams({ unit: account.unit })}` : "";
  return html`
    <h2>${t("tab_files")}</h2>
    ${mayExport(account) && html`
      <section class="card"><h3>${t("exports")}</h3>
        <div class="keys">${["csv", "xlsx", "json", "zip"].map((form) => html`
          <a class="key" key=${form} href=${`/api/ledger/export/${form}`} download>${t(`export_${form}`)}</a>`)}</div></section>`}
    <section class="card"><h3>${t("feed")}</h3>
      <p class="quiet">${t("feed_say")}</p>
      <p><a href=${`/ledger.ics${unit}`}>${location.origin}/ledger.ics${unit}</a></p></section>
    ${mayImport(account) && html`<${Import} desk=${desk} /><${Years} desk=${desk} />`}
  `;
}

function Import({ desk }) {
  const [found, setFound] = useState(null); // {name, rows, errors}
  const [refusal, setRefusal] = useState(null);
  const [said, setSaid] = useState("");

  async function choose(event) {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = "";
    if (!file) return;
    setFound(null);
    setRefusal(null);
    setSaid("");
    try {
      setFound({ name: file.name, ...(await api("POST", "/api/ledger/rows", file, READ_MS)) });
    } catch (error) {
      setRefusal(error);
    }
  }

  async function bring() {
    try {
      await desk.command("import", { pledges: found.rows });
      setFound(null);
      setSaid(t("imported"));
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="card"><h3>${t("import")}</h3>
      <p class="quiet">${t("import_say")} ${t("template")} <a href="/api/templates/pledges.xlsx" download>XLSX</a> <a href="/api/templates/pledges.csv" download>CSV</a></p>
      <div class="field"><label for="import-file">${t("choose_file")}</label>
        <input type="file" id="import-file" accept=".csv,.xlsx,.json" onChange=${choose} /></div>
      <p role="status" class="good">${said && `✓ ${said}`}</p>
      <p class="wrong" role="alert">${refusal && `▲ ${refusedText(refusal)}`}</p>
      ${found && html`
        <p><strong>${t("import_rows", { name: found.name, rows: found.rows.length })}</strong></p>
        ${found.errors.length > 0
          ? html`<p class="wrong">▲ ${t("import_errors", { n: found.errors.length })}</p>
            <ul class="errors">${found.errors.map((one, i) => html`<li key=${i}>${t("import_row", { row: one.row })} ${one.column}: ${one.text}</li>`)}</ul>`
          : html`<button type="button" class="primary" onClick=${bring}>${t("import_do", { rows: found.rows.length })}</button>`}`}
    </section>
  `;
}

function Years({ desk }) {
  const { years } = desk.state.data;
  const [year, setYear] = useState(String(years.last + 1));
  const [free, setFree] = useState("");
  const [worked, setWorked] = useState("");
  const [wrong, setWrong] = useState("");

  async function save(event) {
    event.preventDefault();
    setWrong("");
    try {
      await desk.command("publish_year", { year: Number(year), free: daysIn(free), worked: daysIn(worked) });
      setFree("");
      setWorked("");
    } catch (error) {
      setWrong(error.code ? refusedText(error) : t("refused", { message: error.message }));
    }
  }

  return html`
    <section class="card"><h3>${t("years")}</h3>
      <p class="quiet">${t("years_say", { first: years.first, last: years.last })}</p>
      <ul>${years.added.map((one) => html`<li key=${one.year}>✓ ${t("year_added", { year: one.year, free: one.free.length, worked: one.worked.length })}</li>`)}</ul>
      <form onSubmit=${save}>
        <div class="field"><label for="year">${t("year")}</label>
          <input id="year" type="text" inputmode="numeric" value=${year} onInput=${(event) => setYear(event.currentTarget.value)} /></div>
        <div class="field"><label for="free">${t("free")}</label>
          <textarea id="free" rows="4" value=${free} onInput=${(event) => setFree(event.currentTarget.value)} /></div>
        <div class="field"><label for="worked">${t("worked")}</label>
          <textarea id="worked" rows="3" value=${worked} onInput=${(event) => setWorked(event.currentTarget.value)} /></div>
        <p class="wrong" role="alert">${wrong && `▲ ${wrong}`}</p>
        <button class="primary">${t("add_year")}</button>
      </form>
    </section>
  `;
}
