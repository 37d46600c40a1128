// Rehearsals of an episode; in a rehearsal, its synthetic audience.

import { html, useEffect, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { pick } from "../../shared/words.js";
import { t } from "../words.js";
import { clock, day } from "../times.js";
import { rehearsalsOf } from "../state.js";
import { NumberInput, refusedText } from "./controls.js";

const LOOK_MS = 2000;
const CROWD = { turnout: 90, dropouts: 5, viewers: 100, opinion: [40, 40, 20] };
const PARTS = ["good", "mid", "poor"];

export function Rehearsal({ desk }) {
  const { view } = desk.state;
  return view.episode.rehearsal ? html`<${Inside} desk=${desk} />` : html`<${Outside} desk=${desk} />`;
}

// --- from the real episode ---

function Outside({ desk }) {
  const { state } = desk;
  const [refusal, setRefusal] = useState(null);
  const made = rehearsalsOf(state.catalogue, state.chosen);

  async function make() {
    setRefusal(null);
    try {
      const { id } = await api("POST", desk.path("rehearsal"));
      await desk.loadCatalogue();
      desk.choose(id);
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="card">
      <h2>${t("rehearsals")}</h2>
      <p>${t("rehearsals_say")}</p>
      ${desk.can && html`<button type="button" class="primary" onClick=${make}>${t("rehearsal_make")}</button>`}
      ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
      ${made.length > 0 && html`<ul class="episodes rehearsals">${made.map((one) => html`
        <li key=${one.id}><button type="button" class="episode" onClick=${() => desk.choose(one.id)}>
          <span><strong>${pick(one.title)}</strong> <span class="quiet">${day(one.created_ms)} ${clock(one.created_ms)}</span></span></button></li>`)}</ul>`}
    </section>
  `;
}

// --- from the rehearsal ---

function Inside({ desk }) {
  const { state } = desk;
  const listed = state.catalogue.shows.flatMap((show) => show.episodes).find((one) => one.id === state.chosen);
  return html`
    <div class="columns">
      <div><${Audience} desk=${desk} /></div>
      <aside class="card">
        <h2>${t("rehearsal_how")}</h2>
        <ol class="steps">${["seats", "audience", "director", "door"].map((step) => html`<li key=${step}>${t(`rehearsal_how_${step}`)}</li>`)}</ol>
        <p class="keys">
          <a class="key" href=${`/director?${new URLSearchParams({ episode: state.chosen })}`} target="_blank">${t("rehearsal_direct")}</a>
          ${listed && html`<button type="button" onClick=${() => desk.choose(listed.rehearsal_of)}>${t("rehearsal_back")}</button>`}
        </p>
      </aside>
    </div>
  `;
}

function Audience({ desk }) {
  const path = desk.path("audience");
  const [found, setFound] = useState(null); // {audience, elsewhere}
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const may = desk.has("producer", "director");
  const look = () => api("GET", path).then(setFound, () => {});
  useEffect(() => {
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [path]);

  async function ask(method, body) {
    setBusy(true);
    setRefusal(null);
    await api(method, path, body).catch(setRefusal);
    await look();
    setBusy(false);
  }

  const here = found && found.audience;
  return html`
    <section class="card">
      <h2>${t("audience")}</h2>
      <p>${t("audience_say")}</p>
      <p class="audience-state" role="status">
        ${here ? html`<span class="on">● ${t("audience_here", { seats: here.seats, viewers: here.crowd.viewers })}</span> <span class="quiet">${t("audience_until", { time: clock(here.until_ms) })}</span>`
          : html`<span class="quiet">○ ${t(found && found.elsewhere ? "audience_elsewhere" : "audience_none")}</span>`}</p>
      ${may && (here
        ? html`<button type="button" disabled=${busy} onClick=${() => ask("DELETE")}>${t("audience_stop")}</button>`
        : html`<${CrowdForm} busy=${busy} onStart=${(crowd) => ask("POST", crowd)} />`)}
      ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
    </section>
  `;
}

function CrowdForm({ busy, onStart }) {
  const [crowd, setCrowd] = useState(CROWD);
  const set = (name, value) => setCrowd({ ...crowd, [name]: value });
  const setPart = (i, value) => set("opinion", crowd.opinion.map((old, at) => (at === i ? value : old)));
  const number = (id, label, value, onValue, unit) => html`<div class="field" key=${id}>
    <label for=${id}>${label}</label><${NumberInput} id=${id} value=${value} onValue=${onValue} unit=${unit} /></div>`;
  const numbers = [crowd.turnout, crowd.dropouts, crowd.viewers, ...crowd.opinion].every(Number.isInteger);

  function start(event) {
    event.preventDefault();
    if (numbers) onStart(crowd);
  }

  return html`
    <form class="crowd" onSubmit=${start}>
      <div class="line-fields">
        ${number("crowd-turnout", t("audience_turnout"), crowd.turnout, (value) => set("turnout", value), "%")}
        ${number("crowd-dropouts", t("audience_dropouts"), crowd.dropouts, (value) => set("dropouts", value), "%")}
        ${number("crowd-viewers", t("audience_viewers"), crowd.viewers, (value) => set("viewers", value), "")}
      </div>
      <fieldset class="choice"><legend>${t("audience_opinion")}</legend>
        <div class="line-fields">${PARTS.map((part, i) => number(`crowd-${part}`, t(`audience_${part}`), crowd.opinion[i], (value) => setPart(i, value), ""))}</div>
        <${Shares} opinion=${crowd.opinion} />
      </fieldset>
      <button class="primary" disabled=${busy || !numbers}>${t("audience_start")}</button>
      <p class="wrong" role="alert">${numbers ? "" : t("audience_numbers")}</p>
    </form>
  `;
}

// How the opinion will lie, as a bar.
function Shares({ opinion }) {
  const whole = opinion.reduce((sum, part) => sum + (Number(part) || 0), 0) || 1;
  return html`<p class="shares" aria-hidden="true">${opinion.map((part, i) => html`
    <span key=${PARTS[i]} class=${PARTS[i]} style=${`flex-grow:${Number(part) || 0}`}>${Math.round((100 * (Number(part) || 0)) / whole)}%</span>`)}</p>`;
}
