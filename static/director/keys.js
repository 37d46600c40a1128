// The keyboard: a key presses the button that names it in aria-keyshortcuts, where there is one.

import { html } from "../shared/ui.js";
import { Press } from "./parts.js";
import { t } from "./words.js";

// The list that people see; the buttons themselves decide what a key does.
const KEYS = [
  ["Space", "key_primary"], ["E", "key_extend"], ["P", "key_pause"], ["N", "key_next"], ["1–9 0", "key_cue"],
  ["T", "key_take"], ["O", "key_out"], ["B", "key_blank"], ["/", "key_pledge"], ["?", "key_help"], ["Esc", "key_escape"],
];

export const Help = ({ leave }) => html`<aside class="help box" aria-labelledby="help-title">
  <header class="bar-line"><h2 id="help-title">${t("help")}</h2><${Press} k="Escape" onPress=${leave}>${t("close")}<//></header>
  <dl>${KEYS.map(([key, word]) => html`<div key=${key}><dt><kbd class="cap">${key === "Space" ? t("key_space") : key}</kbd></dt><dd>${t(word)}</dd></div>`)}</dl>
  <p class="quiet">${t("help_note")}</p>
</aside>`;

export function listen() {
  document.addEventListener("keydown", onKey, true);
  // A button that was clicked keeps no focus: Space goes on meaning the primary action. Whoever
  // came to a button by keyboard stays there.
  document.addEventListener("click", (event) => {
    const button = event.detail > 0 && event.target.closest("button");
    if (button) button.blur();
  });
}

function onKey(event) {
  if (event.repeat || event.isComposing) return;
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const key = nameOf(event);
  // Space belongs to the button that has the focus, unless that can do nothing now.
  if (key === "Space" && event.target.closest("a, button:not([aria-disabled=true])")) return;
  const target = key && document.querySelector(`[aria-keyshortcuts="${key}"]`);
  if (!target) return;
  event.preventDefault();
  press(target);
}

function press(target) {
  if (target.matches("input, textarea")) return target.focus();
  if (target.dataset.hold === undefined) return target.click();
  // The button takes the focus, so that letting go of the key reaches it, whatever happens.
  target.focus();
  target.dispatchEvent(new KeyboardEvent("keydown", { key: " " }));
}

const isTyping = (element) => element.matches("input, textarea, select");

// By what the key says; where a Chinese input method has the keyboard, by where the key is.
function nameOf(event) {
  if (/^[a-z0-9/?]$/i.test(event.key)) return event.key.toUpperCase();
  if (event.code === "Space" || event.code === "Escape") return event.code;
  const place = /^(?:Key|Digit)(.)$/.exec(event.code);
  return place ? place[1] : "";
}
