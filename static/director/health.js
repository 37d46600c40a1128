// Health in one line: quiet when all is well, loud where it is not, by word and shape.

import { html } from "../shared/ui.js";
import { useDesk } from "./desk.js";
import { Shape } from "./parts.js";
import { health } from "./state.js";
import { t } from "./words.js";

export function Health() {
  const { state } = useDesk();
  const line = state.line.status === "online";
  return html`<footer class="health" aria-label=${t("health")}><ul>
    <${Item} level=${line ? "" : "poor"} text=${t(line ? "health_line" : "health_line_off")} />
    ${state.ops ? health(state).map((item) => html`<${Item} key=${item.id} level=${item.level} ...${TEXTS[item.id](item)} />`)
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
  overlays: ({ overlays }) => overlaysText(overlays),
  viewers: ({ count }) => ({ text: t("health_viewers", { count: grouped(count) }) }),
};

// The one that was heard longest ago stands for all; the pointer shows each.
function overlaysText(overlays) {
  if (!overlays.length) return { text: t("health_no_overlays") };
  const text = (o) => t("health_overlay", { ...o, age: (o.age_ms / 1000).toFixed(1) });
  const oldest = overlays.reduce((a, b) => (b.age_ms > a.age_ms ? b : a));
  return {
    text: `${t("health_overlays", { count: overlays.length })} · ${text(oldest)}`,
    title: overlays.map((o) => `${o.agent}: ${text(o)}`).join("\n"),
  };
}
