// The latest that happened and by whom: when a button was refused because somebody was faster,
// this says who.

import { html } from "../shared/ui.js";
import { useDesk } from "./desk.js";
import { time } from "./parts.js";
import { eventName, t } from "./words.js";

const SHOWN = 6;

export function Journal() {
  const { state } = useDesk();
  const lines = state.view.log.slice(-SHOWN).reverse();
  return html`<section class="journal box" aria-labelledby="journal-title"><h2 id="journal-title">${t("journal")}</h2>
    <ol>${lines.map((line) => html`<li key=${line.revision}><span class="num">${time(line.at_ms)}</span>
      <b>${eventName(line.type)}</b> ${line.text} <span class="quiet">${line.by}</span></li>`)}</ol>
  </section>`;
}
