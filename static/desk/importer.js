// Questions from a spreadsheet: paper slips, calls. Read by the server, looked at here, then filed.

import { html, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { refusalText } from "../shared/refusals.js";
import { lang } from "../shared/words.js";
import { t } from "./words.js";

const PATIENCE_MS = 30000;

export function Importer({ onDone }) {
  const [file, setFile] = useState(null);
  const [found, setFound] = useState(null); // {rows, errors, before}
  const [said, setSaid] = useState(null); // {good, text}
  const [busy, setBusy] = useState(false);

  // What was looked at goes again as it is: the same file is filed once, however often it is sent.
  async function send(path, chosen, then) {
    setBusy(true);
    setSaid(null);
    try {
      await then(await api("POST", path, chosen, PATIENCE_MS));
    } catch (error) {
      setSaid({ good: false, text: t("went", { message: refusalText(error.message, lang()) }) });
    }
    setBusy(false);
  }

  function choose(event) {
    const [chosen] = event.currentTarget.files;
    event.currentTarget.value = ""; // so that the same file, corrected, can be chosen again
    if (!chosen) return;
    setFile(chosen);
    setFound(null);
    send("/api/desk/rows", chosen, setFound);
  }

  const bring = () => send("/api/desk/import", file, async ({ filed, before }) => {
    setFound(null);
    const numbers = filed.length ? `${filed[0]}–${filed[filed.length - 1]}` : "";
    setSaid({ good: true, text: [t("import_filed", { n: filed.length, numbers }), before ? t("import_before", { n: before }) : ""].join(" ") });
    await onDone();
  });

  const wrong = found ? found.errors.length : 0;
  const fresh = found ? found.rows.length - found.before : 0;
  return html`
    <h2>${t("import")}</h2>
    <p class="quiet">${t("import_hint")}</p>
    <p class="keys">
      <label class="key file"><input type="file" class="aside" accept=".csv,.xlsx,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" disabled=${busy} onChange=${choose} />${t(busy ? "working" : "import_choose")}</label>
      <span class="quiet">${t("import_template")}</span>
      ${["xlsx", "csv"].map((suffix) => html`<a key=${suffix} class="key" href=${`/api/templates/questions.${suffix}`} download>${suffix.toUpperCase()}</a>`)}
    </p>
    <p class=${said && !said.good ? "wrong" : "good"} role="status">${said ? `${said.good ? "✓" : "▲"} ${said.text}` : ""}</p>
    ${found && html`<section class="preview" aria-label=${file.name}>
      <p><b>${file.name}</b> ${!wrong && t("import_rows", { n: found.rows.length })} ${found.before > 0 && t("import_before", { n: found.before })}</p>
      ${wrong > 0
        ? html`<p class="wrong" role="alert">▲ ${t("import_wrong", { n: wrong })}</p>
          <ul class="cells">${found.errors.map((one, i) => html`<li key=${i}>${t("import_row", { row: one.row })} · <b>${one.column}</b> ${refusalText(one.text, lang())}</li>`)}</ul>`
        : html`<ul class="cells">${found.rows.map((one) => html`<li key=${one.row}>${t("import_row", { row: one.row })} · <b>${one.title}</b> ${!one.may_publish && html`<span class="quiet">${t("import_kept")}</span>`}</li>`)}</ul>
          <button type="button" class="primary" disabled=${busy || !fresh} onClick=${bring}>${t("import_do", { n: fresh })}</button>`}
    </section>`}
  `;
}
