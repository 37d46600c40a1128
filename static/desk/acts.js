// What can be done to a case: one small form each, with its refusal beside it.

import { html, useEffect, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { Workdays } from "../shared/workdays.js";
import { pick } from "../shared/words.js";
import { mayModerate } from "./state.js";
import { t } from "./words.js";

const KINDS = ["enquiry", "complaint", "suggestion"];

const order = (name, args) => api("POST", "/api/desk/command", { name, args });

// A form's fields as plain values; of boxes with one name a list.
function typedIn(form) {
  const data = new FormData(form);
  return { get: (name) => data.get(name) || "", all: (name) => data.getAll(name), has: (name) => data.has(name) };
}

// Runs `send` and says how it went. done: what to do when it went well.
export function useOrder(done) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState(null); // {good, text}
  async function give(send) {
    setBusy(true);
    setSaid(null);
    try {
      await send();
      setSaid({ good: true, text: t("done") });
      await done();
    } catch (error) {
      const known = error.code === "wrong_phase" ? t("went_wrong_phase") : "";
      setSaid({ good: false, text: [known, t("went", { message: error.message })].filter(Boolean).join(" ") });
    }
    setBusy(false);
  }
  const Said = () => html`<p class=${said && !said.good ? "wrong" : "good"} role="status">${said ? `${said.good ? "✓" : "▲"} ${said.text}` : ""}</p>`;
  return { busy, give, Said };
}

export function Moderate({ found, place, onDone }) {
  const post = found.posts[place];
  const { busy, give, Said } = useOrder(onDone);
  const show = (args) => give(() => order("show_post", { case: found.id, post: place, ...args }));
  function edited(event) {
    event.preventDefault();
    const typed = typedIn(event.target);
    show({ text: typed.get("text"), title: typed.get("title"), photos: typed.all("photos") });
  }
  return html`<div class="moderate">
    <div class="keys">
      ${post.moderation !== "shown" && html`<button type="button" class=${post.waits ? "primary" : ""} disabled=${busy} onClick=${() => show({ photos: post.photos })}>${t("show_it")}</button>`}
      ${post.moderation !== "hidden" && html`<button type="button" disabled=${busy} onClick=${() => give(() => order("hide_post", { case: found.id, post: place }))}>${t("hide_it")}</button>`}
    </div>
    <details><summary>${t("show_edited")}</summary>
      <form onSubmit=${edited}>
        ${place === 0 && html`<${Field} label=${t("public_title")} name="title" value=${found.shown_title || found.title} maxlength="80" />`}
        <${Area} label=${t("public_text")} name="text" value=${post.shown_text || post.text} />
        ${post.photos.map((name, i) => html`<label class="choice" key=${name}><input type="checkbox" name="photos" value=${name}
          defaultChecked=${post.moderation === "shown" ? post.shown_photos.includes(name) : true} /> ${t("public_photo", { n: i + 1 })}</label>`)}
        <button class="primary" disabled=${busy}>${t("show_it")}</button>
      </form></details>
    <${Said} />
  </div>`;
}

// What is sent for each step, from what was typed.
const ORDERS = {
  accept: (id, typed) => order("accept_case", { case: id, unit: typed.get("unit"), kind: typed.get("kind"), hard: typed.has("hard") }),
  refuse: (id, typed) => order("refuse_case", { case: id, reason: typed.get("reason") }),
  forward: (id, typed) => order("forward_case", { case: id, unit: typed.get("unit"), reason: typed.get("reason") }),
  return: (id, typed) => order("return_case", { case: id, reason: typed.get("reason") }),
  reclassify: (id, typed) => order("reclassify_case", { case: id, kind: typed.get("kind"), hard: typed.has("hard"), reason: typed.get("reason") }),
  handle: (id, typed) => order("handle_case", { case: id, post: typed.get("post") }),
  answer: (id, typed) => order("answer_case", { case: id, post: typed.get("post"), text: typed.get("text") }),
  erase: (id, typed) => order("erase_case", { case: id, part: typed.get("part") }),
  promote: (id, typed) => api("POST", "/api/desk/promote", { case: id, to: "show", episode: typed.get("episode"), segment: typed.get("segment"), text: typed.get("text") }),
  pledge: (id, typed) => api("POST", "/api/desk/promote", { case: id, to: "pledge", text: typed.get("text"), due: typed.get("due"), target: typed.get("target") }),
};

const FIELDS = { accept: Accept, refuse: Refuse, forward: Forward, return: Return, reclassify: Reclassify, handle: Handle, answer: Answer, erase: Erase, promote: Promote, pledge: Pledge };

export function Act({ step, found, desk, roles, first, onDone }) {
  const { busy, give, Said } = useOrder(onDone);
  const Fields = FIELDS[step];
  const send = (event) => {
    event.preventDefault();
    const typed = typedIn(event.target);
    give(() => ORDERS[step](found.id, typed));
  };
  return html`<details class="act" open=${first}><summary>${t(`step_${step}`)}</summary>
    <form onSubmit=${send}>
      ${Fields && html`<${Fields} found=${found} desk=${desk} roles=${roles} />`}
      <button class=${step === "erase" ? "danger" : first ? "primary" : ""} disabled=${busy}>${t(`do_${step}`)}</button>
      <${Said} />
    </form></details>`;
}

// A unit takes up its own case as it was filed.
function Accept({ found, desk, roles }) {
  if (!mayModerate(roles)) {
    return html`<input type="hidden" name="unit" value=${found.unit} /><input type="hidden" name="kind" value=${found.kind} />
      <p class="quiet">${t("accept_own", { kind: t(`kind_${found.kind}`), n: desk.setting.limits[found.kind] })}</p>`;
  }
  return html`<${UnitField} label=${t("unit")} desk=${desk} value=${found.unit} /><${KindFields} found=${found} desk=${desk} />`;
}

function Refuse() {
  return html`<${Area} label=${t("reason")} name="reason" rows="2" required maxlength="500" />`;
}

function Forward({ found, desk }) {
  return html`<${UnitField} label=${t("to_unit")} desk=${desk} without=${found.unit} value="" />
    <${Area} label=${t("reason_forward")} name="reason" rows="2" required maxlength="500" /><p class="quiet">${t("clock_shifts")}</p>`;
}

function Return() {
  return html`<${Area} label=${t("reason_return")} name="reason" rows="2" required maxlength="500" /><p class="quiet">${t("return_note")}</p>`;
}

function Reclassify({ found, desk }) {
  return html`<${KindFields} found=${found} desk=${desk} />
    <${Area} label=${t("reason")} name="reason" rows="2" required maxlength="500" /><p class="quiet">${t("clock_kept")}</p>`;
}

function Handle({ found }) {
  return html`<${Field} label=${t("post")} name="post" value=${found.handler} required maxlength="120" />`;
}

function Answer({ found }) {
  return html`<${Field} label=${t("post")} name="post" value=${found.handler} required maxlength="120" />
    <${Area} label=${t("answer_text")} name="text" rows="6" required maxlength="4000" />`;
}

function Erase({ found }) {
  return html`<fieldset><legend class="aside">${t("step_erase")}</legend>
    ${!found.erased && html`<label class="choice"><input type="radio" name="part" value="contact" required /> ${t("erase_contact")}</label>`}
    <label class="choice"><input type="radio" name="part" value="all" required /> ${t("erase_all")}</label></fieldset>
    <label class="choice"><input type="checkbox" required /> ${t("sure")}</label>`;
}

function Pledge({ found }) {
  const [due, setDue] = useState("");
  const answers = found.posts.filter((post) => post.author === "unit");
  return html`
    <${Area} label=${t("pledge_text")} name="text" rows="3" value=${answers.length ? answers[answers.length - 1].text : ""} required maxlength="2000" />
    <${Field} label=${t("pledge_due")} name="due" type="date" required onInput=${(event) => setDue(event.currentTarget.value)} />
    <${Workdays} due=${due} />
    <${Field} label=${t("pledge_target")} name="target" maxlength="500" />`;
}

function Promote({ found, desk }) {
  const [episodes, setEpisodes] = useState(null);
  const [episode, setEpisode] = useState("");
  const [segments, setSegments] = useState([]);
  useEffect(() => {
    api("GET", "/api/shows").then(({ shows, on }) => {
      const all = shows.flatMap((show) => show.episodes.map((one) => ({ id: one.id, name: `${pick(show.name)} · ${pick(one.title)}` })));
      setEpisodes(all);
      setEpisode(on || (all.length ? all[all.length - 1].id : ""));
    }, () => setEpisodes([]));
  }, []);
  useEffect(() => {
    if (episode) api("GET", `/api/episodes/${encodeURIComponent(episode)}`).then(({ view }) => setSegments(view.segments), () => setSegments([]));
  }, [episode]);
  if (!episodes) return html`<p>${t("loading")}</p>`;
  if (!episodes.length) return html`<p>${t("no_episode")}</p>`;
  const unit = desk.setting.units.find((one) => one.id === found.unit);
  return html`
    <label class="field"><span>${t("episode")}</span><select name="episode" value=${episode} onChange=${(e) => setEpisode(e.target.value)}>
      ${episodes.map((one) => html`<option key=${one.id} value=${one.id}>${one.name}</option>`)}</select></label>
    <label class="field"><span>${t("segment")}</span><select name="segment">
      <option value="">${t("new_segment", { unit: unit ? pick(unit.name) : found.unit })}</option>
      ${segments.map((one) => html`<option key=${one.id} value=${one.id}>${one.position} · ${pick(one.unit)}${one.question ? `：${one.question}` : ""}</option>`)}</select></label>
    <${Area} label=${t("on_air_text")} name="text" rows="2" value=${found.shown_title || found.title} required maxlength="200" />
    <p class="quiet">${t("promote_note")}</p>`;
}

// --- fields ---

function UnitField({ label, desk, value, without }) {
  return html`<label class="field"><span>${label}</span><select name="unit" required>
    ${desk.setting.units.filter((unit) => unit.id !== without).map((unit) => html`
      <option key=${unit.id} value=${unit.id} selected=${unit.id === value}>${pick(unit.name)}</option>`)}</select></label>`;
}

function KindFields({ found, desk }) {
  const { limits } = desk.setting;
  return html`<label class="field"><span>${t("kind")}</span><select name="kind">
      ${KINDS.map((kind) => html`<option key=${kind} value=${kind} selected=${kind === found.kind}>${t(`kind_${kind}`)} · ${t("days", { n: limits[kind] })}</option>`)}</select></label>
    <label class="choice"><input type="checkbox" name="hard" defaultChecked=${found.hard} /> ${t("hard")} · ${t("days", { n: limits.complex })}</label>`;
}

// The first value only: what is typed since is the typist's.
export function Field({ label, value = "", ...input }) {
  const [first] = useState(value);
  return html`<label class="field"><span>${label}</span><input type="text" defaultValue=${first} ...${input} /></label>`;
}

export function Area({ label, value = "", rows = "4", ...area }) {
  const [first] = useState(value);
  return html`<label class="field"><span>${label}</span><textarea rows=${rows} defaultValue=${first} ...${area}></textarea></label>`;
}
