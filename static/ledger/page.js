// The frame: who you are, which part, and the parts.

import { html, useEffect } from "../shared/ui.js";
import { lang, pick } from "../shared/words.js";
import { Files } from "./files.js";
import { Pledges } from "./pledges.js";
import { TABS, maySee } from "./state.js";
import { Today } from "./today.js";
import { t } from "./words.js";

const PARTS = { today: Today, pledges: Pledges, ranking: Ranking, files: Files };

export function Page({ desk }) {
  const { state, tab } = desk;
  const { account, data } = state;
  useEffect(() => {
    document.title = `${t(`tab_${tab}`)} · ${t("title")} · livevote`;
  }, [tab, lang()]);
  const Part = PARTS[tab];
  return html`
    <a class="skip" href="#content" onClick=${skip}>${t("skip")}</a>
    <header class="top">
      <h1>${t("title")} ${data && html`<small>${t("day", { day: data.today })}</small>`}</h1>
      <div class="me">
        ${account && html`<span class="quiet">${account.name}${account.unit && ` · ${t("role_unit", { unit: account.unit })}`}</span>`}
        ${account && account.unit && html`<a href="/desk">${t("to_desk")}</a>`}
        <button type="button" class="plain" lang=${lang() === "zh" ? "en" : "zh-CN"} onClick=${desk.switchLang}>${t("language")}</button>
        ${account && html`<button type="button" class="plain" onClick=${desk.logout}>${t("logout")}</button>`}
        ${state.known && !account && html`<a class="key" href="/login?next=/ledger">${t("sign_in")}</a>`}
      </div>
    </header>
    <nav class="tabs" aria-label=${t("parts")}>
      ${TABS.filter((one) => maySee(account, one)).map((one) => html`
        <a key=${one} href=${`#${one}`} aria-current=${one === tab ? "page" : undefined}>${t(`tab_${one}`)}</a>`)}
    </nav>
    <main id="content" tabindex="-1">
      <p class=${state.offline ? "strip bad" : "aside"} role="status">${state.offline ? t("offline") : ""}</p>
      ${data ? html`<${Part} key=${tab} desk=${desk} />` : html`<p class="empty" role="status">${t("loading")}</p>`}
    </main>
  `;
}

// The address holds the part, so the link may not change it.
function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

function Ranking({ desk }) {
  const { deliveries } = desk.state.data;
  if (!deliveries.length) return html`<h2>${t("tab_ranking")}</h2><p class="empty">${t("empty")}</p>`;
  return html`
    <h2>${t("tab_ranking")}</h2>
    <p class="quiet">${t("ranking_say")}</p>
    <div class="scroll" tabindex="0" role="group" aria-label=${t("tab_ranking")}><table>
      <thead><tr>${["rank", "unit", "kept", "found", "in_time", "all", "days_late"].map((name) => html`
        <th scope="col" key=${name}>${t(name)}</th>`)}</tr></thead>
      <tbody>${deliveries.map((row) => html`
        <tr key=${row.unit.zh}>
          <td>${row.rank || "–"}</td>
          <th scope="row">${pick(row.unit)}</th>
          <td><strong>${row.percent ? `${row.percent}%` : "–"}</strong></td>
          <td>${row.kept} / ${row.due}</td>
          <td>${row.in_time}</td>
          <td>${row.all}</td>
          <td>${row.days_late}</td>
        </tr>`)}</tbody>
    </table></div>
  `;
}
