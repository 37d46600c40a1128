// Shows and their episodes: make them, choose the one to work on, put one on.

import { html, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { pick } from "../../shared/words.js";
import { t } from "../words.js";
import { inOrder, isDirty } from "../state.js";
import { day } from "../times.js";
import { Field, Held, SaveBar, TextInput, refusedText } from "./controls.js";

export function Shows({ desk }) {
  const { state, can } = desk;
  const { catalogue } = state;
  if (!catalogue) return html`<p class="empty" role="status">${t("loading")}</p>`;
  return html`
    <div class="columns">
      <div>
        ${catalogue.shows.length === 0 && html`<p class="empty">${t(can ? "no_shows" : "no_shows_read")}</p>`}
        ${catalogue.shows.map((show) => html`<${Show} key=${show.id} desk=${desk} show=${show} />`)}
        ${can && html`
          <section class="card">
            <h2>${t("new_show")}</h2>
            <${NamesForm} what=${t("show_name")} button=${t("make_show")} onMake=${async (name) => {
              await api("POST", "/api/shows", { name });
              await desk.loadCatalogue();
            }} />
          </section>`}
      </div>
      <aside>${state.view && html`<${Chosen} desk=${desk} />`}</aside>
    </div>
  `;
}

function Show({ desk, show }) {
  const { state, can } = desk;
  const unsaved = Object.values(state.drafts).some(isDirty);
  const [adding, setAdding] = useState(false);
  const episodes = inOrder(show.episodes);

  async function make(title) {
    const { id } = await api("POST", "/api/episodes", { show: show.id, title });
    await desk.loadCatalogue();
    setAdding(false);
    if (!unsaved) desk.choose(id);
  }

  return html`
    <section class="card">
      <h2>${pick(show.name)}</h2>
      ${episodes.length === 0 && html`<p class="quiet">${t("no_episodes")}</p>`}
      ${unsaved && html`<p class="clash-said">${t("save_before")}</p>`}
      <ul class="episodes">
        ${episodes.map((episode) => html`
          <li key=${episode.id} class=${`${episode.id === state.chosen ? "chosen" : ""} ${episode.rehearsal_of ? "is-rehearsal" : ""}`}>
            <button type="button" class="episode" aria-pressed=${episode.id === state.chosen} disabled=${unsaved && episode.id !== state.chosen}
              onClick=${() => desk.choose(episode.id)}>
              <span class="radio" aria-hidden="true">${episode.id === state.chosen ? "◉" : "○"}</span>
              <span><strong>${pick(episode.title)}</strong> <span class="quiet">${day(episode.created_ms)}</span></span>
            </button>
            ${state.catalogue.on === episode.id && html`<span class="on">● ${t("on_now")}</span>`}
          </li>`)}
      </ul>
      ${can && !adding && html`<button type="button" onClick=${() => setAdding(true)}>＋ ${t("new_episode")}</button>`}
      ${adding && html`<${NamesForm} what=${t("episode_title")} button=${t("make_episode")} onMake=${make} onDrop=${() => setAdding(false)} />`}
    </section>
  `;
}

// A name in both languages; one of them is enough.
function NamesForm({ what, button, onMake, onDrop }) {
  const [names, setNames] = useState({ zh: "", en: "" });
  const [wrong, setWrong] = useState("");
  const [busy, setBusy] = useState(false);

  async function make(event) {
    event.preventDefault();
    if (!names.zh.trim() && !names.en.trim()) return setWrong(t("name_missing"));
    setBusy(true);
    setWrong("");
    try {
      await onMake(names);
      setNames({ zh: "", en: "" });
    } catch (error) {
      setWrong(refusedText(error));
    }
    setBusy(false);
  }

  const input = (key, name) => html`
    <label>${what} (${name})
      <input type="text" value=${names[key]} maxlength="120" aria-invalid=${wrong && key === "zh" ? "true" : undefined}
        onInput=${(event) => setNames({ ...names, [key]: event.currentTarget.value })} />
    </label>`;
  return html`
    <form class="names" onSubmit=${make}>
      ${input("zh", "中文")} ${input("en", "English")}
      <div class="keys">
        <button class="primary" disabled=${busy}>${button}</button>
        ${onDrop && html`<button type="button" onClick=${onDrop}>${t("never_mind")}</button>`}
      </div>
      <p class="wrong" role="alert">${wrong}</p>
    </form>
  `;
}

function Chosen({ desk }) {
  const { state, can } = desk;
  const { view, catalogue } = state;
  const [refusal, setRefusal] = useState(null);
  const on = catalogue.on === view.episode.id;
  const rehearsal = Boolean(view.episode.rehearsal);
  const other = catalogue.shows.flatMap((show) => show.episodes).find((episode) => episode.id === catalogue.on && !on);
  const mayPutOn = desk.has("producer", "director");

  async function put(episode) {
    setRefusal(null);
    try {
      await api("POST", "/api/on", episode ? { episode, rehearsal } : { episode });
      await desk.loadCatalogue();
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="card">
      <h2>${t("chosen")}</h2>
      <div class="fields">
        <${Field} desk=${desk} section="title" path="zh" label=${`${t("episode_title")} (中文)`}>${(props) => html`<${TextInput} ...${props} />`}<//>
        <${Field} desk=${desk} section="title" path="en" label=${`${t("episode_title")} (English)`}>${(props) => html`<${TextInput} ...${props} />`}<//>
      </div>
      ${can && html`<${SaveBar} desk=${desk} section="title" />`}
    </section>
    <section class=${`card on-card ${on ? "is-on" : ""}`}>
      <h2>${t("landing")}</h2>
      <p>${on ? html`<span class="on">● ${t("on_now")}</span> ${t("landing_on")}` : other ? t("landing_other", { title: pick(other.title) }) : t("landing_none")}</p>
      ${mayPutOn && html`
        <${Held} key=${String(on)} cls=${on ? "" : "primary"} onDone=${() => put(on ? "" : view.episode.id)}>${t(on ? "take_off" : rehearsal ? "put_on_rehearsal" : "put_on")}<//>
        <p class="quiet hint">${t("hold")} ${!on && other ? t("landing_switch") : ""}</p>`}
      ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
    </section>
    <section class="card">
      <dl class="facts">
        <div><dt>${t("tab_rundown")}</dt><dd><a href="#rundown">${t("segments", { count: view.segments.length })}</a></dd></div>
        <div><dt>${t("tab_roster")}</dt><dd><a href="#roster">${t("seats", { count: view.seats.length })}</a></dd></div>
        <div><dt>${t("tab_results")}</dt><dd><a href="#results">${t("runs", { count: view.runs.length })}</a></dd></div>
        <div><dt>${t("public_record")}</dt><dd><a href=${`/episodes/${encodeURIComponent(view.episode.id)}`} target="_blank">/episodes/${view.episode.id}</a>${rehearsal && html` <span class="quiet">${t("record_unlisted")}</span>`}</dd></div>
      </dl>
    </section>
  `;
}
