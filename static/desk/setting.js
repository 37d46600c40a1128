// How the desk is set: who can be asked, how long answers may take, and files to take home.

import { html, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { useOrder } from "./acts.js";
import { Importer } from "./importer.js";
import { linesOf, unitsOf } from "./state.js";
import { t } from "./words.js";

const LIMITS = ["accept", "enquiry", "complaint", "suggestion", "complex"];

export function Setting({ desk, onDone }) {
  const { busy, give, Said } = useOrder(onDone);
  const [first] = useState(desk.setting);
  function save(event) {
    event.preventDefault();
    const data = new FormData(event.target);
    const { units, wrong } = unitsOf(data.get("units"));
    const limits = Object.fromEntries(LIMITS.map((name) => [name, Number(data.get(name))]));
    give(() => {
      if (wrong) throw new Error(t("bad_line", { line: wrong }));
      return api("POST", "/api/desk/command", { name: "set_desk", args: { units, limits, taking: data.has("taking") } });
    });
  }
  const { counts, full } = desk;
  return html`<section class="setting" aria-labelledby="setting">
    <h2 id="setting">${t("queue_setting")}</h2>
    <form onSubmit=${save}>
      <label class="choice"><input type="checkbox" name="taking" defaultChecked=${first.taking || !first.units.length} /> ${t("taking")}</label>
      <label class="field"><span>${t("units")}</span><textarea name="units" rows="8" spellcheck=${false} aria-describedby="units-hint" defaultValue=${linesOf(first.units)}></textarea></label>
      <p class="quiet" id="units-hint">${t("units_hint")}</p>
      <fieldset><legend>${t("limits")}</legend><div class="limits">
        ${LIMITS.map((name) => html`<label class="field" key=${name}><span>${t(`limit_${name}`)}</span><input type="number" name=${name} min="1" max="60" required defaultValue=${first.limits[name]} /></label>`)}
      </div></fieldset>
      <p class="quiet">${t("limits_hint")}</p>
      <button class="primary" disabled=${busy}>${t("save")}</button><${Said} />
    </form>
    <${Importer} onDone=${onDone} />
    <h2>${t("exports")}</h2>
    <p class="keys">${["csv", "xlsx", "json"].map((form) => html`<a key=${form} class="key" href=${`/api/desk/export/${form}`} download>${form.toUpperCase()}</a>`)}</p>
    <p class="quiet">${t("exports_hint")}</p>
    <p class="quiet">${t("load", { cases: counts.all, max: full.cases, open: counts.triage + counts.unit, open_max: full.open })}</p>
  </section>`;
}
