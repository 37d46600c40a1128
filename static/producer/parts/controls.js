// Small controls that several parts share: saving, fields with their errors, copying, holding.

import { html, useEffect, useRef, useState } from "../../shared/ui.js";
import { heldPress } from "../../shared/held.js";
import { lang, pick } from "../../shared/words.js";
import { t } from "../words.js";
import { clashAt, isDirty } from "../state.js";
import { read } from "../merge.js";
import { refusalText } from "../../shared/refusals.js";
import { clock } from "../times.js";

// What is wrong, in words: from our own check by key, from the server by its text.
export const wrongText = ({ key, values, text }) => (key ? t(key, values) : refusalText(text, lang()));

// A refusal that has no place of its own in the form.
export function refusedText(error) {
  if (error.code === "not_signed_in") return t("signed_out");
  if (error.code === "revision_mismatch") return t("mismatch");
  return refusalText(error.message, lang());
}

// The line at the foot of what can be edited: whether it is saved, and what can be done.
export function SaveBar({ desk, section, note = "", blocked = "" }) {
  const draft = desk.state.drafts[section];
  if (!desk.can) return null;
  const dirty = isDirty(draft);
  const last = draft.undo[draft.undo.length - 1];
  return html`
    <div class=${`save ${dirty ? "save-dirty" : ""}`}>
      <div class="save-said">
        <p role="status">${status(draft, dirty)} ${dirty && note}</p>
        ${draft.refusal && html`<p class="wrong" role="alert"><span aria-hidden="true">▲</span> ${t("not_saved")} ${refusedText(draft.refusal)}
          ${draft.refusal.code === "not_signed_in" && html` <a href="/login?next=/producer" target="_blank">${t("sign_in_again")}</a>`}</p>`}
        ${draft.clashes.length > 0 && html`<p class="clash-said" role="alert"><span aria-hidden="true">⇄</span> ${t("clashes", { count: draft.clashes.length })}</p>`}
        ${blocked && dirty && html`<p class="clash-said">${blocked}</p>`}
      </div>
      <div class="save-keys">
        ${last && html`<button type="button" onClick=${() => desk.tell({ t: "undo", section })}>↶ ${t("undo", { what: t(`did_${last.what}`) })}</button>`}
        ${dirty && html`<button type="button" onClick=${() => desk.tell({ t: "discard", section })}>${t(draft.clashes.length ? "take_all_theirs" : "discard")}</button>`}
        <button type="button" class="primary" disabled=${!dirty || draft.saving || blocked} onClick=${() => desk.save(section)}>
          ${t(draft.saving ? "saving" : "save")} <kbd>Ctrl S</kbd></button>
      </div>
    </div>
  `;
}

function status(draft, dirty) {
  const wrong = Object.keys(draft.wrong).length;
  if (draft.saving) return t("saving");
  if (wrong && !draft.refusal) return t("wrong_count", { count: wrong });
  if (draft.merged && dirty) return t("merged");
  if (dirty) return t("unsaved");
  return draft.saved_ms ? t("saved_at", { time: clock(draft.saved_ms) }) : t("all_saved");
}

// What hangs under a cell or field: its error, and what somebody else wrote there.
export function Notes({ desk, section, path, id }) {
  const draft = desk.state.drafts[section];
  const wrong = draft.wrong[path];
  const clash = clashAt(draft, path);
  if (!wrong && !clash) return null;
  return html`
    <div class="notes" id=${id}>
      ${wrong && html`<p class="wrong"><span aria-hidden="true">▲</span> ${wrongText(wrong)}</p>`}
      ${clash && html`<${Clash} desk=${desk} section=${section} clash=${clash} />`}
    </div>
  `;
}

export function Clash({ desk, section, clash }) {
  const settle = (take) => desk.tell({ t: "settle", section, clash, take });
  return html`
    <div class="clash">
      <p><span aria-hidden="true">⇄</span> ${clash.theirs === undefined ? t("they_removed") : t("they_wrote", { text: shown(clash.theirs) })}</p>
      <button type="button" onClick=${() => settle(true)}>${t("take_theirs")}</button>
      <button type="button" onClick=${() => settle(false)}>${t("keep_mine")}</button>
    </div>
  `;
}

function shown(value) {
  if (typeof value === "string") return value || t("nothing");
  if (value && typeof value === "object" && ("zh" in value || "unit" in value)) return pick(value.unit || value);
  if (Array.isArray(value)) return t("entries", { count: value.length });
  return typeof value === "object" ? t("another") : String(value);
}

// Clashes that no cell shows: a removed row, or the whole.
export function LooseClashes({ desk, section }) {
  const draft = desk.state.drafts[section];
  const loose = draft.clashes.filter((clash) => clash.theirs === undefined || clash.path.length === 0);
  return loose.map((clash) => html`
    <div class="strip calm" key=${clash.path.join(".")}>
      ${clash.path.length > 0 && html`<strong>${shown(read(draft.mine, clash.path))}</strong>`}
      <${Clash} desk=${desk} section=${section} clash=${clash} />
    </div>`);
}

// A labelled control of a draft. children: the control, given as a function of what it needs.
export function Field({ desk, section, path, label, hint = "", cls = "", children }) {
  const draft = desk.state.drafts[section];
  const id = `${section}-${path.replaceAll(".", "-") || "all"}`;
  const noted = draft.wrong[path] || clashAt(draft, path);
  const control = {
    id,
    value: read(draft.mine, path),
    disabled: !desk.can,
    onValue: (value) => desk.tell({ t: "type", section, path, value }),
    "aria-invalid": draft.wrong[path] ? "true" : undefined,
    "aria-describedby": noted ? `${id}-notes` : undefined,
  };
  return html`
    <div class=${`field ${cls}`}>
      <label for=${id}>${label}</label>
      ${children(control)}
      ${hint && html`<p class="quiet hint">${hint}</p>`}
      <${Notes} desk=${desk} section=${section} path=${path} id=${`${id}-notes`} />
    </div>
  `;
}

export const TextInput = ({ onValue, value, ...rest }) =>
  html`<input type="text" ...${rest} value=${value} onInput=${(event) => onValue(event.currentTarget.value)} />`;

// Keeps what is typed, also while it is no number yet: the draft then holds the text, and saving
// says what is wrong. per: how many units of the value make one of what is shown (1000: ms as s).
export function NumberInput({ onValue, value, per = 1, unit = "", ...rest }) {
  const [typed, setTyped] = useState("");
  const parse = (text) => (/^-?\d+(\.\d+)?$/.test(text.trim()) ? Math.round(Number(text) * per * 1e6) / 1e6 : text);
  const text = parse(typed) === value ? typed : typeof value === "number" ? String(value / per) : value;
  function onInput(event) {
    setTyped(event.currentTarget.value);
    onValue(parse(event.currentTarget.value));
  }
  return html`
    <span class="number">
      <input type="text" inputmode="decimal" ...${rest} value=${text} onInput=${onInput} />
      ${unit && html`<span class="quiet">${unit}</span>`}
    </span>
  `;
}

export const Select = ({ onValue, value, options, ...rest }) => html`
  <select ...${rest} value=${value} onChange=${(event) => onValue(event.currentTarget.value)}>
    ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${option.value === value}>${option.name}</option>`)}
  </select>
`;

// Radio keys with their meaning beside them.
export function Choice({ desk, section, path, label, options }) {
  const draft = desk.state.drafts[section];
  const value = read(draft.mine, path);
  const id = `${section}-${path.replaceAll(".", "-")}`;
  return html`
    <fieldset class="choice" disabled=${!desk.can}>
      <legend>${label}</legend>
      ${options.map((option) => html`
        <label key=${option.value}>
          <input type="radio" name=${id} checked=${option.value === value} onChange=${() => desk.tell({ t: "type", section, path, value: option.value })} />
          <span><strong>${option.name}</strong> <span class="quiet">${option.hint}</span></span>
        </label>`)}
      <${Notes} desk=${desk} section=${section} path=${path} id=${`${id}-notes`} />
    </fieldset>
  `;
}

// For what cannot be taken back: done when held.
export function Held({ onDone, disabled = false, cls = "", children }) {
  const button = useRef(null);
  const done = useRef(onDone);
  done.current = onDone;
  useEffect(() => heldPress(button.current, { onDone: () => done.current() }), []);
  return html`<button type="button" ref=${button} class=${`held ${cls}`} disabled=${disabled}>${children}</button>`;
}

// A text to carry elsewhere. The clipboard's own API is missing on plain HTTP, where studios live.
export function Copy({ label, text }) {
  const input = useRef(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [text]);

  async function copy() {
    input.current.select();
    const done = navigator.clipboard
      ? await navigator.clipboard.writeText(text).then(() => true, () => false)
      : document.execCommand("copy");
    setCopied(done);
  }

  return html`
    <div class="copy">
      <input ref=${input} type="text" readonly value=${text} aria-label=${label} onFocus=${(event) => event.currentTarget.select()} />
      <button type="button" onClick=${copy}>${t("copy")}</button>
      <span role="status">${copied ? `✓ ${t("copied")}` : ""}</span>
    </div>
  `;
}
