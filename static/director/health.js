// Health in one line: quiet when all is well, loud where it is not, by word and shape.

import { html, useState } from "../shared/ui.js";
import { drawingOf, hasStopped, hostOf, isFullSize } from "../shared/overlays.js";
import { useDesk } from "./desk.js";
import { Shape } from "./parts.js";
import { health } from "./state.js";
import { t } from "./words.js";

export function Health() {
  const { state } = useDesk();
  const line = state.line.status === "online";
  return html`<footer class="health" aria-label=${t("health")}><ul>
    <${Item} level=${line ? "" : "poor"} text=${t(line ? "health_line" : "health_line_off")} />
    ${state.ops ? health(state).map((item) => item.id === "overlays" && item.overlays.length
      ? html`<${Overlays} key=${item.id} ...${item} />`
      : html`<${Item} key=${item.id} level=${item.level} ...${TEXTS[item.id](item)} />`)
      : html`<li>${t("no_ops")}</li>`}
  </ul></footer>`;
}

const Item = ({ level, text, title }) => html`<li class=${level && "health-" + level} title=${title || null}>
  ${level && html`<${Shape} name=${level === "poor" ? "stop" : "warning"} />`} ${text}</li>`;

const grouped = (count) => count.toLocaleString("en").replace(/,/g, " ");

const TEXTS = {
  ack: (item) => ({ text: t("health_ack", item) }),
  waiting: (item) => ({ text: t("health_waiting", { count: grouped(item.count) }) }),
  rejects: ({ rejects }) => ({
    text: rejects.length
      ? t("health_rejects", { list: rejects.map(([code, count]) => `${code} ${grouped(count)}`).join(t("sep")) })
      : t("health_no_rejects"),
  }),
  store: (item) => ({ text: t(item.up ? "health_" + item.durability : "health_store_down"), title: item.reason }),
  commit: (item) => ({ text: t("health_commit", item) }),
  overlays: () => ({ text: t("health_no_overlays") }),
  viewers: ({ count }) => ({ text: t("health_viewers", { count: grouped(count) }) }),
};

// How many overlays, and how many of them have stopped; a press lists each. A button: Space on a
// summary would be the primary action.
function Overlays({ level, overlays }) {
  const [open, setOpen] = useState(false);
  const stopped = overlays.filter(hasStopped).length;
  return html`<li class="overlays">
    <button type="button" class=${"overlays-key " + (level && "health-" + level)} aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${level && html`<${Shape} name=${level === "poor" ? "stop" : "warning"} /> `}${t("health_overlays", { count: overlays.length })}${stopped > 0 && " · " + t("health_overlays_stopped", { count: stopped })}
    </button>
    ${open && html`<ul class="overlay-list box">${overlays.map((one, i) => html`<${Overlay} key=${i} one=${one} />`)}</ul>`}
  </li>`;
}

function Overlay({ one }) {
  const drawing = drawingOf(one);
  const bad = hasStopped(one) || !isFullSize(one);
  const heard = one.age_ms >= 0 && t("health_overlay", { ...one, age: (Math.max(one.age_ms, one.frame_age_ms) / 1000).toFixed(1) });
  return html`<li class=${bad ? "worry" : ""} title=${one.agent}>
    ${bad && html`<${Shape} name=${hasStopped(one) ? "stop" : "warning"} /> `}<b>${hostOf(one)}</b> ${t("overlay_" + drawing)}${heard && html` · ${heard}`} · ${t("health_overlay_up", { minutes: Math.floor(one.up_ms / 60_000) })}</li>`;
}
