// The frame around the parts: which episode, which part, how the line is, who you are.

import { html, useEffect } from "../shared/ui.js";
import { lang, pick } from "../shared/words.js";
import { t } from "./words.js";
import { isDirty } from "./state.js";
import { TABS } from "./tabs.js";
import { Shows } from "./parts/shows.js";
import { Rundown } from "./parts/rundown.js";
import { Roster } from "./parts/roster.js";
import { RulesPart } from "./parts/rules.js";
import { Overlay } from "./parts/overlay.js";
import { Rehearsal } from "./parts/rehearsal.js";
import { Results } from "./parts/results.js";
import { OpenRecord } from "./parts/record.js";
import { People } from "./parts/people.js";

const PARTS = {
  shows: Shows, rundown: Rundown, roster: Roster, rules: RulesPart, overlay: Overlay, rehearsal: Rehearsal, results: Results, record: OpenRecord, people: People,
};

// Parts that make sense without an episode.
const FREE = ["shows", "record", "people"];

export function Page({ desk }) {
  const { state, tab } = desk;
  const title = state.view ? pick(state.view.episode.title) : "";
  useEffect(() => {
    document.title = [t(`tab_${tab}`), title, "livevote"].filter(Boolean).join(" · ");
  }, [tab, title, lang()]);
  const Part = PARTS[tab];
  return html`
    <a class="skip" href="#content" onClick=${skip}>${t("skip")}</a>
    <header class="top">
      <p class="where">
        <span class="quiet">${state.view ? pick(state.view.episode.show) : t("producer")}</span>
        <strong>${title || t("no_episode")}</strong>
        ${isOn(state) && html`<span class="on">● ${t("on_now")}</span>`}
      </p>
      <${Line} line=${state.line} chosen=${state.chosen} />
      <div class="me">
        ${state.account && html`<span class="quiet name">${state.account.name}</span>`}
        <button type="button" class="plain" lang=${lang() === "zh" ? "en" : "zh-CN"} onClick=${desk.switchLang}>${t("language")}</button>
        <a href="/desk">${t("to_desk")}</a>
        <button type="button" class="plain" onClick=${desk.logout}>${t("logout")}</button>
      </div>
    </header>
    ${state.view && state.view.episode.rehearsal && html`<p class="rehearsal-mark" role="status"><b>${t("rehearsal_mark")}</b> <span>${t("rehearsal_mark_say")}</span></p>`}
    <${Tabs} desk=${desk} />
    <main id="content" tabindex="-1">
      <h1 class="aside">${t(`tab_${tab}`)}</h1>
      ${state.account && !desk.can && tab !== "people" && html`<p class="strip calm">${t("read_only")}</p>`}
      ${state.line.code === 4401 && html`
        <p class="strip bad" role="alert">${t("signed_out")} <a href="/login?next=/producer" target="_blank">${t("sign_in_again")}</a></p>`}
      ${FREE.includes(tab) || state.view
        ? html`<${Part} key=${`${tab} ${state.chosen}`} desk=${desk} />`
        : html`<${Nothing} state=${state} />`}
    </main>
  `;
}

const isOn = ({ catalogue, chosen }) => Boolean(chosen && catalogue && catalogue.on === chosen);

// The address holds the tab, so the link may not change it.
function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

function Line({ line, chosen }) {
  if (!chosen || line.status === "online") return html`<p class="line" role="status"></p>`;
  return html`<p class="line line-${line.status}" role="status"><span aria-hidden="true">◌</span> ${t(`line_${line.status}`)}</p>`;
}

function Nothing({ state }) {
  if (!state.catalogue || state.chosen) return html`<p class="empty" role="status">${t("loading")}</p>`;
  return html`<p class="empty">${t("choose_first")} <a href="#shows">${t("tab_shows")}</a></p>`;
}

function Tabs({ desk }) {
  const { state, tab } = desk;
  const unsaved = (one) => one.sections.some((section) => state.drafts[section] && isDirty(state.drafts[section]));

  function onKeyDown(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const links = [...event.currentTarget.querySelectorAll("a")];
    const next = links[(links.indexOf(document.activeElement) + step + links.length) % links.length];
    event.preventDefault();
    next.focus();
  }

  return html`
    <nav class="tabs" aria-label=${t("parts")} onKeyDown=${onKeyDown}>
      ${TABS.filter((one) => one.open(state.account)).map((one) => html`
        <a key=${one.name} href=${`#${one.name}`} aria-current=${one.name === tab ? "page" : undefined}>
          ${t(`tab_${one.name}`)}
          ${unsaved(one) && html`<span class="unsaved" title=${t("unsaved")}>●<span class="aside">${t("unsaved")}</span></span>`}
        </a>`)}
    </nav>
  `;
}
