// Rows from a CSV or XLSX file: read by the server, looked at here, then put into the table.

import { html, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { t } from "../words.js";
import { read } from "../merge.js";
import { refusedText, wrongText } from "./controls.js";

// kind: "rundown" or "roster". take(rows, replace) puts them in the draft. check(rows): what is
// wrong with them, by cell; the server's own list names the rows as the file numbers them.
export function Importer({ desk, kind, columns, check, take }) {
  const [found, setFound] = useState(null); // {name, rows, errors}
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);

  async function choose(event) {
    const [file] = event.currentTarget.files;
    event.currentTarget.value = ""; // so that the same file, corrected, can be chosen again
    if (!file) return;
    setFound(null);
    setRefusal(null);
    setBusy(true);
    try {
      setFound({ name: file.name, ...(await api("POST", desk.path(`rows/${kind}`), file)) });
    } catch (error) {
      setRefusal({ name: file.name, error });
    }
    setBusy(false);
  }

  function apply(replace) {
    take(found.rows, replace);
    setFound(null);
    // The preview is gone; without this the browser keeps its place, far down the table.
    requestAnimationFrame(() => scrollTo(0, 0));
  }

  return html`
    <div class="import">
      ${desk.can && html`
        <label class="file key">
          <input type="file" class="aside" accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" onChange=${choose} disabled=${busy} />
          ${t(busy ? "reading" : "import")}
        </label>`}
      <span class="quiet">${t("template")}</span>
      <a class="key" href=${`/api/templates/${kind}.xlsx`} download>XLSX</a>
      <a class="key" href=${`/api/templates/${kind}.csv`} download>CSV</a>
    </div>
    ${refusal && html`<p class="strip bad" role="alert">${t("file_refused", { name: refusal.name })} ${refusedText(refusal.error)}</p>`}
    ${found && html`<${Preview} found=${found} columns=${columns} check=${check} onApply=${apply} onDrop=${() => setFound(null)} />`}
  `;
}

function Preview({ found, columns, check, onApply, onDrop }) {
  const { name, rows, errors } = found;
  const wrong = check(rows);
  return html`
    <section class="preview" aria-label=${t("preview")}>
      <p role="status"><strong>${t("file_rows", { name, rows: rows.length })}</strong>
        ${errors.length > 0 && html` <span class="wrong">▲ ${t("file_errors", { count: errors.length })}</span>`}</p>
      ${errors.length > 0 && html`
        <ul class="file-errors" tabindex="0" aria-label=${t("file_errors", { count: errors.length })}>
          ${errors.map((error, i) => html`<li key=${i}>${t("file_row", { row: error.row })} ${error.column} ${wrongText(error)}</li>`)}
        </ul>`}
      <div class="preview-scroll" tabindex="0" role="group" aria-label=${t("preview")}>
        <table>
          <thead><tr><th scope="col">#</th>${columns.map((column) => html`<th scope="col" key=${column.key}>${column.name}</th>`)}</tr></thead>
          <tbody>${rows.map((row, i) => html`
            <tr key=${i}>
              <th scope="row">${i + 1}</th>
              ${columns.map((column) => html`<${Cell} key=${column.key} column=${column} value=${read(row, column.key)} wrong=${wrong[`${i}.${column.key}`]} />`)}
            </tr>`)}</tbody>
        </table>
      </div>
      <p class="quiet">${t("import_note")}</p>
      <div class="keys">
        <button type="button" class="primary" onClick=${() => onApply(true)}>${t("import_replace")}</button>
        <button type="button" onClick=${() => onApply(false)}>${t("import_append")}</button>
        <button type="button" onClick=${onDrop}>${t("import_drop")}</button>
      </div>
    </section>
  `;
}

function Cell({ column, value, wrong }) {
  const option = column.options && column.options.find((one) => one.value === value);
  return html`<td class=${wrong ? "bad" : ""}>${option ? option.name : value}
    ${wrong && html`<p class="wrong"><span aria-hidden="true">▲</span> ${wrongText(wrong)}</p>`}</td>`;
}
