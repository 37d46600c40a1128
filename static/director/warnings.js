// What must be known before the nation sees it: the line to the server, rights, the server's
// warnings. Each says what to do.

import { html } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk, useNow } from "./desk.js";
import { Shape } from "./parts.js";
import { may } from "./state.js";
import { t } from "./words.js";

// Always there and of one height, so that nothing below moves under the hand.
export function Warnings() {
  const { state } = useDesk();
  const online = state.line.status === "online";
  const found = state.ops && online ? state.ops.warnings : [];
  const guest = Boolean(state.you) && !may(state, "open");
  return html`<section class="warnings" aria-label=${t("warnings")} aria-live="polite">
    ${!online && html`<${Offline} />`}
    ${guest && html`<${Notice} tone="mid" text=${t("read_only", { name: state.you.account })} action=${t("read_only_do")} />`}
    ${found.map((warning) => html`<${Notice} key=${warning.kind} tone=${POOR.includes(warning.kind) ? "poor" : "mid"}
      text=${pick(warning.text)} action=${pick(warning.action)} />`)}
    ${online && !guest && !found.length && html`<p class="all-well">${t("no_warnings")}</p>`}
  </section>`;
}

// Those that cost votes.
const POOR = ["store_down", "not_durable"];

const Notice = ({ tone, text, action }) => html`<p class=${"notice notice-" + tone}>
  <${Shape} name=${tone === "poor" ? "stop" : "warning"} /><span><b>${text}</b> <span class="action">→ ${action}</span></span></p>`;

const STOPPED = [4403, 4409];
const stoppedText = (code) => (STOPPED.includes(code) ? t("stopped_" + code) : t("stopped", { code }));

// Before there is a state to draw.
export function Waiting({ line }) {
  if (line.status === "stopped") {
    return html`<div class="loading" role="alert"><p>${stoppedText(line.code)}</p>
      <a class="press" href=${location.href}>${t("reload")}</a> <a class="press" href="/login?next=/director">${t("other_account")}</a></div>`;
  }
  return html`<p class="loading" role="status">${t(line.status === "offline" ? "no_answer" : "connecting")}</p>`;
}

function Offline() {
  const { state } = useDesk();
  const now = useNow(1000);
  const { status, code, since } = state.line;
  if (status === "stopped") {
    return html`<p class="notice notice-poor notice-wide"><${Shape} name="stop" /><span><b>${stoppedText(code)}</b></span>
      <a class="press" href=${location.href}>${t("reload")}</a></p>`;
  }
  const seconds = Math.max(0, Math.round((now - since) / 1000));
  return html`<p class="notice notice-poor notice-wide"><${Shape} name="stop" />
    <span><b>${t("offline", { seconds })}</b> <span class="action">${t("offline_do")}</span></span></p>`;
}
