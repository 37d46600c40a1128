// The rules of scoring: the form, and beside it what it means in words and the hash of what is saved.

import { html, useEffect, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { lang, pick } from "../../shared/words.js";
import { t } from "../words.js";
import { write } from "../merge.js";
import { isDirty } from "../state.js";
import { choices, freshChannel, freshLabel, freshPanel, presetOf, rulesInWords, weightShare, FLOOR_MIN } from "../scoring.js";
import { Choice, Field, LooseClashes, Notes, NumberInput, SaveBar, Select, TextInput, wrongText } from "./controls.js";

const SECTION = "rules";
const TIE_BREAKS = ["satisfied", "voters", "rundown"];
const LEVELS = ["good", "mid", "poor"];
const SHAPES = { good: "✓", mid: "○", poor: "✕" };
const PANELS_MAX = 8;
const CHANNELS_MAX = 8;
const LABELS_MAX = 10;

const options = (names, prefix) => names.map((value) => ({ value, name: t(`${prefix}_${value || "none"}`) }));
const number = (props) => html`<${NumberInput} ...${props} />`;
const seconds = (props) => html`<${NumberInput} ...${props} per=${1000} unit=${t("seconds")} />`;
const text = (props) => html`<${TextInput} ...${props} />`;

export function RulesPart({ desk }) {
  const { state } = desk;
  const draft = state.drafts.rules;
  const rules = draft.mine;
  const [presets, setPresets] = useState(null);
  useEffect(() => {
    // Without presets the form still works; only the choice of one is missing.
    api("GET", "/api/presets").then(setPresets, () => setPresets({ scales: {} }));
  }, []);
  const set = (path, value) => desk.tell({ t: "type", section: SECTION, path, value });
  const edit = (value, what) => desk.tell({ t: "edit", section: SECTION, value, what });
  const reshape = (path, list, what) => edit(write(rules, path, list), what);
  const part = { desk, rules, set, edit, reshape };
  return html`
    <${LooseClashes} desk=${desk} section=${SECTION} />
    <div class="rules">
      <div>
        <${ScaleCard} ...${part} presets=${presets ? presets.scales : {}} />
        <${PanelsCard} ...${part} />
        <${VoteCard} ...${part} />
        <${ChannelsCard} ...${part} />
        <${FigureCard} ...${part} />
        ${desk.can && presets && presets.rules && html`
          <button type="button" onClick=${() => edit(presets.rules, "defaults")}>${t("defaults")}</button>`}
      </div>
      <${InWords} desk=${desk} />
    </div>
    <${SaveBar} desk=${desk} section=${SECTION} />
  `;
}

// What stands at a place that is no single field: the scale, the panels, the bands.
function CardNotes({ desk, path }) {
  return html`<${Notes} desk=${desk} section=${SECTION} path=${path} id=${`rules-${path}-notes`} />`;
}

// path: the list; reshape(path, list, what) changes it as one step that can be undone.
function ListKeys({ desk, list, path, i, reshape, min = 1, name }) {
  if (!desk.can) return null;
  const move = (to) => {
    const after = [...list];
    [after[i], after[to]] = [after[to], after[i]];
    reshape(path, after, "move");
  };
  return html`
    <span class="list-keys">
      <button type="button" aria-label=${`${t("move_up")} ${name}`} disabled=${i === 0} onClick=${() => move(i - 1)}>↑</button>
      <button type="button" aria-label=${`${t("move_down")} ${name}`} disabled=${i === list.length - 1} onClick=${() => move(i + 1)}>↓</button>
      <button type="button" aria-label=${`${t("remove")} ${name}`} disabled=${list.length <= min} onClick=${() => reshape(path, list.toSpliced(i, 1), "remove")}>✕</button>
    </span>
  `;
}

// --- the scale ---

function ScaleCard({ desk, rules, set, edit, reshape, presets }) {
  const { scale } = rules;
  const preset = presetOf(scale, presets);
  const known = Object.keys(presets).map((name) => ({ value: name, name: presetName(name) }));
  const own = { value: "", name: t(scale.kind === "labels" ? "own_labels" : "own_numbers") };

  function choosePreset(name) {
    if (!name) return;
    // Shares of values that the new scale does not have would be refused.
    const panels = rules.panels.map((panel) => ({ ...panel, estimator: { ...panel.estimator, share_of: [] } }));
    edit({ ...rules, scale: presets[name], panels }, "scale");
  }

  function chooseKind(kind) {
    if (kind === scale.kind) return;
    const labels = kind === "labels" && scale.labels.length < 2 ? [freshLabel(), freshLabel()] : scale.labels;
    edit({ ...rules, scale: { ...scale, kind, labels } }, "scale");
  }

  return html`
    <section class="card">
      <h2>${t("scale")}</h2>
      <div class="fields">
        <div class="field"><label for="preset">${t("preset")}</label>
          <${Select} id="preset" disabled=${!desk.can} value=${preset} onValue=${choosePreset} options=${preset ? known : [own, ...known]} /></div>
        <div class="field"><label for="kind">${t("kind")}</label>
          <${Select} id="kind" disabled=${!desk.can} value=${scale.kind} onValue=${chooseKind} options=${options(["labels", "numbers"], "kind")} /></div>
      </div>
      <${CardNotes} desk=${desk} path="scale" />
      ${scale.kind === "numbers" ? html`
        <div class="fields">
          ${["low", "high", "step", "satisfied_from"].map((key) => html`
            <${Field} key=${key} desk=${desk} section=${SECTION} path=${`scale.${key}`} label=${t(`scale_${key}`)} cls="narrow">${number}<//>`)}
        </div>`
      : html`<${Labels} desk=${desk} labels=${scale.labels} set=${set} reshape=${reshape} />`}
    </section>
  `;
}

const presetName = (name) =>
  ["points_100", "satisfaction", "smiley", "one_to_five", "one_to_ten"].includes(name) ? t(`preset_${name}`) : name;

function Labels({ desk, labels, set, reshape }) {
  const path = "scale.labels";
  return html`
    <${CardNotes} desk=${desk} path=${path} />
    ${labels.map((label, i) => html`
      <div class="line-fields" key=${i} role="group" aria-label=${t("label_n", { n: i + 1 })}>
        <${Field} desk=${desk} section=${SECTION} path=${`${path}.${i}.name.zh`} label=${t("name_zh")}>${text}<//>
        <${Field} desk=${desk} section=${SECTION} path=${`${path}.${i}.name.en`} label=${t("name_en")}>${text}<//>
        <${Field} desk=${desk} section=${SECTION} path=${`${path}.${i}.points`} label=${t("points")} cls="narrow">${number}<//>
        <${Field} desk=${desk} section=${SECTION} path=${`${path}.${i}.face`} label=${t("face")} cls="narrow">
          ${(props) => html`<${Select} ...${props} options=${options(["happy", "plain", "sad", ""], "face")} />`}<//>
        <label class="tick"><input type="checkbox" checked=${label.satisfied} disabled=${!desk.can}
          onChange=${(event) => set(`${path}.${i}.satisfied`, event.currentTarget.checked)} /> ${t("is_satisfied")}</label>
        <${ListKeys} desk=${desk} list=${labels} path=${path} i=${i} reshape=${reshape} min=${2} name=${pick(label.name) || t("label_n", { n: i + 1 })} />
      </div>`)}
    ${desk.can && labels.length < LABELS_MAX && html`<button type="button" onClick=${() => reshape(path, [...labels, freshLabel()], "add")}>＋ ${t("add_label")}</button>`}
  `;
}

// --- who scores ---

function PanelsCard({ desk, rules, set, reshape }) {
  const { panels } = rules;
  const add = () => reshape("panels", [...panels, freshPanel(panels.map((panel) => panel.id))], "add");
  return html`
    <section class="card">
      <h2>${t("panels")}</h2>
      <${CardNotes} desk=${desk} path="panels" />
      ${panels.map((panel, i) => html`<${PanelFields} key=${i} desk=${desk} rules=${rules} panel=${panel} i=${i} set=${set} reshape=${reshape} />`)}
      ${desk.can && panels.length < PANELS_MAX && html`<button type="button" onClick=${add}>＋ ${t("add_panel")}</button>`}
    </section>
  `;
}

function PanelFields({ desk, rules, panel, i, set, reshape }) {
  const at = (key) => `panels.${i}.${key}`;
  const { kind } = panel.estimator;
  const counting = panel.role === "counting";
  const field = (key, label, control, cls = "") => html`
    <${Field} desk=${desk} section=${SECTION} path=${at(key)} label=${label} cls=${cls}>${control}<//>`;
  const select = (names, prefix) => (props) => html`<${Select} ...${props} options=${options(names, prefix)} />`;
  return html`
    <fieldset class=${`panel panel-${panel.role}`}>
      <legend>${pick(panel.name) || t("panel_n", { n: i + 1 })}
        ${counting && html` <span class="quiet">${t("weight_share", { share: weightShare(panel, rules) })}</span>`}</legend>
      <${ListKeys} desk=${desk} list=${rules.panels} path="panels" i=${i} reshape=${reshape} name=${pick(panel.name) || panel.id} />
      <div class="fields">
        ${field("name.zh", t("name_zh"), text)}
        ${field("name.en", t("name_en"), text)}
        ${field("id", t("panel_id"), text, "narrow")}
        ${field("admission", t("admission"), select(["seats", "viewers"], "admission"))}
        ${field("role", t("role"), select(["counting", "advisory", "off"], "role"))}
        ${counting && field("weight", t("weight"), (props) => html`<${NumberInput} ...${props} unit="‰" />`, "narrow")}
        ${panel.role !== "off" && field("estimator.kind", t("estimator"), select(["mean", "trimmed_mean", "median", "satisfaction", "share"], "estimator"))}
        ${panel.role !== "off" && kind === "trimmed_mean" && field("estimator.trim_percent", t("trim"), (props) => html`<${NumberInput} ...${props} unit="%" />`, "narrow")}
        ${counting && field("quorum", t("quorum"), (props) => html`<${NumberInput} ...${props} unit=${t("ballots")} />`, "narrow")}
      </div>
      ${panel.role !== "off" && kind === "share" && html`<${ShareOf} desk=${desk} rules=${rules} panel=${panel} path=${at("estimator.share_of")} set=${set} />`}
    </fieldset>
  `;
}

// Which choices are counted together: each label, or all numbers from one on.
function ShareOf({ desk, rules, panel, path, set }) {
  const chosen = panel.estimator.share_of;
  const all = choices(rules.scale, lang());
  const numbers = rules.scale.kind === "numbers";
  const from = chosen.length ? String(Math.min(...chosen)) : "";
  const toggle = (value) => set(path, all.map((one) => one.value).filter((one) => (one === value) !== chosen.includes(one)).sort((a, b) => a - b));
  return html`
    <div class="share" role="group" aria-label=${t("share_of")}>
      <span>${t(numbers ? "share_from" : "share_of")}</span>
      ${numbers
        ? html`<select disabled=${!desk.can} aria-label=${t("share_from")} value=${from}
            onChange=${(event) => set(path, all.map((one) => one.value).filter((value) => value >= Number(event.currentTarget.value)).sort((a, b) => a - b))}>
            ${!from && html`<option value="">–</option>`}
            ${all.map((one) => html`<option key=${one.value} value=${String(one.value)} selected=${String(one.value) === from}>≥ ${one.name}</option>`)}</select>`
        : all.map((one) => html`<label class="tick" key=${one.value}><input type="checkbox" disabled=${!desk.can} checked=${chosen.includes(one.value)} onChange=${() => toggle(one.value)} /> ${one.name || one.value}</label>`)}
      <${CardNotes} desk=${desk} path=${path} />
    </div>
  `;
}

// --- the vote and the figure ---

function VoteCard({ desk, rules, set }) {
  return html`
    <section class="card">
      <h2>${t("vote")}</h2>
      <${Choice} desk=${desk} section=${SECTION} path="visibility" label=${t("visibility")}
        options=${["live", "held"].map((value) => ({ value, name: t(`visibility_${value}`), hint: t(`visibility_${value}_say`) }))} />
      <div class="fields">
        <${Field} desk=${desk} section=${SECTION} path="duration_ms" label=${t("duration")} hint=${t("duration_hint")} cls="narrow">${seconds}<//>
        <${Field} desk=${desk} section=${SECTION} path="grace_ms" label=${t("grace")} hint=${t("grace_hint")} cls="narrow">${seconds}<//>
        <label class="tick"><input type="checkbox" disabled=${!desk.can} checked=${rules.change_allowed}
          onChange=${(event) => set("change_allowed", event.currentTarget.checked)} /> ${t("change_allowed")}</label>
      </div>
      <${Choice} desk=${desk} section=${SECTION} path="verification" label=${t("verification")}
        options=${["person", "automatic"].map((value) => ({ value, name: t(`verification_${value}`), hint: t(`verification_${value}_say`) }))} />
    </section>
  `;
}

// --- how much later viewers have the show ---

function ChannelsCard({ desk, rules, reshape }) {
  const { channels } = rules;
  const add = () => reshape("channels", [...channels, freshChannel(channels.map((channel) => channel.id))], "add");
  return html`
    <section class="card">
      <h2>${t("channels")}</h2>
      <p class="quiet hint">${t("channels_hint")}</p>
      <${CardNotes} desk=${desk} path="channels" />
      ${channels.map((channel, i) => html`
        <div class="line-fields" key=${i} role="group" aria-label=${t("channel_n", { n: i + 1 })}>
          <${Field} desk=${desk} section=${SECTION} path=${`channels.${i}.name.zh`} label=${t("name_zh")}>${text}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`channels.${i}.name.en`} label=${t("name_en")}>${text}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`channels.${i}.id`} label=${t("channel_id")} cls="narrow">${text}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`channels.${i}.delay_ms`} label=${t("delay")} cls="narrow">${seconds}<//>
          <${ListKeys} desk=${desk} list=${channels} path="channels" i=${i} reshape=${reshape} min=${0} name=${pick(channel.name) || t("channel_n", { n: i + 1 })} />
        </div>`)}
      ${desk.can && channels.length < CHANNELS_MAX && html`<button type="button" onClick=${add}>＋ ${t("add_channel")}</button>`}
    </section>
  `;
}

function FigureCard({ desk, rules, reshape }) {
  const { bands, tie_breaks: ties } = rules;
  const lowest = bands.length ? bands[bands.length - 1] : { floor: 1, level: "good" };
  // Below the lowest band; one that is already open below leaves no room.
  const band = { floor: Math.max((Number(lowest.floor) || 0) - 1, FLOOR_MIN), level: "poor", name: { zh: "", en: "" } };
  return html`
    <section class="card">
      <h2>${t("figure")}</h2>
      <div class="fields">
        <${Field} desk=${desk} section=${SECTION} path="decimals" label=${t("decimals")} hint=${t("decimals_hint")} cls="narrow">${number}<//>
      </div>
      <h3>${t("bands")}</h3>
      <p class="quiet hint">${t("bands_hint", { floor: FLOOR_MIN })}</p>
      <${CardNotes} desk=${desk} path="bands" />
      ${bands.map((band, i) => html`
        <div class="line-fields" key=${i} role="group" aria-label=${pick(band.name)}>
          <span class=${`band band-${band.level}`} aria-hidden="true">${SHAPES[band.level]}</span>
          <${Field} desk=${desk} section=${SECTION} path=${`bands.${i}.floor`} label=${t("floor")} cls="narrow">${number}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`bands.${i}.level`} label=${t("level")} cls="narrow">
            ${(props) => html`<${Select} ...${props} options=${options(LEVELS, "level")} />`}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`bands.${i}.name.zh`} label=${t("name_zh")}>${text}<//>
          <${Field} desk=${desk} section=${SECTION} path=${`bands.${i}.name.en`} label=${t("name_en")}>${text}<//>
          <${ListKeys} desk=${desk} list=${bands} path="bands" i=${i} reshape=${reshape} min=${0} name=${pick(band.name)} />
        </div>`)}
      ${desk.can && Number(lowest.floor) > FLOOR_MIN && html`<button type="button" onClick=${() => reshape("bands", [...bands, band], "add")}>＋ ${t("add_band")}</button>`}
      <h3>${t("tie_breaks")}</h3>
      <p class="quiet hint">${t("ties_hint")}</p>
      <${CardNotes} desk=${desk} path="tie_breaks" />
      <ol class="ties">
        ${ties.map((tie, i) => html`
          <li key=${tie}>${i + 1}. ${t(`tie_${tie}`)} <${ListKeys} desk=${desk} list=${ties} path="tie_breaks" i=${i} reshape=${reshape} min=${0} name=${t(`tie_${tie}`)} /></li>`)}
      </ol>
      ${desk.can && html`<div class="keys">${TIE_BREAKS.filter((tie) => !ties.includes(tie)).map((tie) => html`
        <button type="button" key=${tie} onClick=${() => reshape("tie_breaks", [...ties, tie], "add")}>＋ ${t(`tie_${tie}`)}</button>`)}</div>`}
    </section>
  `;
}

// --- in words ---

function InWords({ desk }) {
  const { view, drafts } = desk.state;
  const draft = drafts.rules;
  const dirty = isDirty(draft);
  const frozen = view.runs.filter((run) => run.rules_hash !== view.rules_hash && run.phase !== "void");
  return html`
    <aside class="card words" aria-labelledby="words-title" tabindex="0">
      <h2 id="words-title">${t("in_words")}</h2>
      <ul>${rulesInWords(draft.mine, lang()).map((line, i) => html`<li key=${i}>${line}</li>`)}</ul>
      <h3>${t("rules_hash")}</h3>
      <p class="hash">${view.rules_hash}</p>
      <p class="quiet hint">${dirty ? t("hash_old") : t("hash_say")}</p>
      ${frozen.length > 0 && html`
        <p class="clash-said">${t("frozen", { codes: frozen.map((run) => run.code).join(t("list_sep")) })}</p>`}
      ${Object.entries(draft.wrong).map(([path, wrong]) => html`<p class="wrong" key=${path}>▲ ${wrongText(wrong)}</p>`)}
    </aside>
  `;
}
