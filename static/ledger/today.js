// The daily list: who has to do what, the most urgent first; and questions that have no pledge yet.

import { html, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { Draft, draftOf } from "./draft.js";
import { mayMake } from "./state.js";
import { t } from "./words.js";

export function Today({ desk }) {
  const { data } = desk.state;
  const reminders = data.reminders || [];
  const pledgeOf = new Map(data.pledges.map((one) => [one.id, one]));
  const duties = [...new Set(reminders.map((one) => one.duty))];
  return html`
    <div class="bar">
      <h2>${t("tab_today")}</h2>
      <button type="button" onClick=${() => print()}>${t("print")}</button>
    </div>
    ${reminders.length === 0 && html`<p class="empty">${t("nothing_today")}</p>`}
    ${duties.map((duty) => html`
      <section class="card" key=${duty}>
        <h3>${t(`duty_${duty}`)} <span class="quiet">${reminders.filter((one) => one.duty === duty).length}</span></h3>
        <ul class="reminders">${reminders.filter((one) => one.duty === duty).map((one) => html`
          <${Reminder} key=${one.pledge} one=${one} pledge=${pledgeOf.get(one.pledge)} desk=${desk} />`)}</ul>
      </section>`)}
    ${(data.missing || []).length > 0 && html`<${Missing} desk=${desk} missing=${data.missing} />`}
  `;
}

function Reminder({ one, pledge, desk }) {
  const key = one.workdays > 0 ? "left" : one.workdays < 0 ? "gone" : "left_0";
  return html`
    <li>
      <span class=${one.workdays < 0 ? "when wrong" : "when"}>${one.by}<br /><small>${t(key, { n: Math.abs(one.workdays) })}</small></span>
      <button type="button" class="plain" onClick=${() => desk.show(one.pledge)}>
        ${t("number", { n: pledge.number })} ${pick(pledge.unit)} · ${pledge.text}</button>
    </li>
  `;
}

function Missing({ desk, missing }) {
  const [taken, setTaken] = useState("");
  return html`
    <section class="card">
      <h3>${t("missing")}</h3>
      <ul class="missing">${missing.map((one) => {
        const key = `${one.episode} ${one.id}`;
        return html`
          <li key=${key}>
            <p><strong>${pick(one.unit)}</strong> <span class="quiet">${pick(one.post)} · ${pick(one.title)}</span></p>
            ${one.question && html`<p class="quiet">${one.question}</p>`}
            ${one.pledge && html`<p>${one.pledge}</p>`}
            ${mayMake(desk.state.account) && (taken === key
              ? html`<${Draft} desk=${desk} start=${draftOf(one)} leave=${() => setTaken("")} />`
              : html`<button type="button" onClick=${() => setTaken(key)}>＋ ${t("take")}</button>`)}
          </li>`;
      })}</ul>
    </section>
  `;
}
