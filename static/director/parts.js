// The small things that all parts are made of: buttons, keys, shapes, refusals.

import { html, useLayoutEffect, useRef } from "../shared/ui.js";
import { heldPress } from "../shared/held.js";
import { useLatest } from "./desk.js";
import { barred } from "./state.js";
import { t } from "./words.js";

// Why a move or a command cannot be given now, in words; "" where it can.
export const offText = (move) => move.off && t("off_" + move.off);
export const barredText = (state, command) => barred(state, command) && t("off_" + barred(state, command));

const capText = (k) => (k === "Space" ? t("key_space") : k === "Escape" ? "Esc" : k);
export const Cap = ({ k }) => html`<kbd class="cap" aria-hidden="true">${capText(k)}</kbd>`;

// A button. off: why it cannot be pressed now ("" where it can); it stays reachable and says so.
export function Press({ onPress, off = "", k = "", tone = "", pressed, label, children }) {
  return html`<button type="button" class=${"press " + tone} aria-disabled=${off ? "true" : null}
    aria-pressed=${pressed === undefined ? null : String(pressed)} aria-keyshortcuts=${k || null}
    aria-label=${label} title=${off || null} onClick=${() => off || onPress()}>
    <span class="name">${children}</span>${k && html`<${Cap} k=${k} />`}
  </button>`;
}

// A button that must be held. what: names the action; if it changes under the finger (somebody
// else was faster), the press is cancelled, so that a press never does what it was not begun for.
// hint: stands before the key.
export function Held({ onDone, what, off = "", k = "", hint = "", tone = "", label, children }) {
  const button = useRef(null);
  const done = useLatest(onDone);
  useLayoutEffect(() => heldPress(button.current, { onDone: () => done.current() }), [what]);
  return html`<button type="button" ref=${button} class=${"press hold " + tone} data-hold=""
    aria-disabled=${off ? "true" : null} aria-keyshortcuts=${k || null} aria-label=${label} title=${off || null}>
    <span class="name">${children}</span>${k && html`<span class="by-key">${hint} <${Cap} k=${k} /></span>`}
  </button>`;
}

const REFUSALS = ["revision_mismatch", "wrong_phase", "not_allowed", "not_signed_in", "not_found",
  "bad_input", "busy", "store_down", "offline"];

export const refusalText = (refusal) =>
  t("refused_" + (REFUSALS.includes(refusal.code) ? refusal.code : "other"));

// A refusal where it happened: what it means and what to do, then the server's own sentence.
export function Refusal({ refusal }) {
  return html`<div class="refusal" role="alert">${refusal && html`
    <${Shape} name="stop" />
    <p>${refusalText(refusal)} <span class="detail" lang="en">${refusal.message}</span></p>`}</div>`;
}

// Phases and levels by shape, so that no meaning hangs on colour. Drawn on a 24 × 24 field.
const SHAPES = {
  none: html`<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="3" stroke-dasharray="4 3" />`,
  armed: html`<circle cx="12" cy="12" r="9" fill="none" stroke="currentColor" stroke-width="3" /><circle cx="12" cy="12" r="4" fill="currentColor" />`,
  open: html`<circle cx="12" cy="12" r="10" fill="currentColor" />`,
  paused: html`<path d="M5 3h5v18H5zM14 3h5v18h-5z" fill="currentColor" />`,
  closing: html`<path d="M4 2h16v4l-6 6 6 6v4H4v-4l6-6-6-6z" fill="currentColor" />`,
  closed: html`<path d="M3 3h18v18H3z" fill="currentColor" />`,
  verified: html`<path d="M3 13l6 6L21 6" fill="none" stroke="currentColor" stroke-width="4" />`,
  revealed: html`<path d="M12 1l3.3 7.3 7.9.8-6 5.2 1.8 7.8L12 18l-7 4.1 1.8-7.8-6-5.2 7.9-.8z" fill="currentColor" />`,
  void: html`<path d="M4 4l16 16M20 4L4 20" fill="none" stroke="currentColor" stroke-width="4" />`,
  warning: html`<path d="M12 1l11.5 21H.5z" fill="currentColor" /><path d="M12 8v7M12 17.5v2.5" stroke="var(--shape-ground, #0E1726)" stroke-width="2.5" />`,
  stop: html`<path d="M7 1h10l6 6v10l-6 6H7l-6-6V7z" fill="currentColor" /><path d="M7 12h10" stroke="var(--shape-ground, #0E1726)" stroke-width="3" />`,
};

// Levels beside their words.
export const MARKS = { good: "✓", mid: "○", poor: "✕" };

export const Shape = ({ name }) => html`<svg class="shape" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[name]}</svg>`;

export const time = (ms) =>
  new Date(ms).toLocaleTimeString("zh-CN", { hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" });
