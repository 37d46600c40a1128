// The rules that a run is held by, in one line with the short hash that screens and exports show.

import { html } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk } from "./desk.js";
import { t } from "./words.js";

const HASH_SHOWN = 8;

// Before a run is armed: the rules it will freeze. After: its own.
export function RulesLine({ run }) {
  const { state } = useDesk();
  const { rules, rules_hash } = state.view;
  const fresh = !run || ["void", "revealed"].includes(run.phase);
  const same = run && run.rules_hash === rules_hash;
  const words = run && !same ? runWords(run) : rulesWords(rules);
  const hash = run ? run.rules_hash : rules_hash;
  return html`<p class="rules">
    <b>${run ? t("rules") : t("rules_next")}</b> <span>${words.join(" · ")}</span>
    <code title=${hash}>${hash.slice(0, HASH_SHOWN)}</code>
    ${run && !same && !fresh && html` <span class="worry">${t("rules_changed")}</span>`}
  </p>`;
}

// Rules as they are being written carry everything; a run carries what was frozen for screens.
const rulesWords = (rules) => [
  scaleText(rules.scale),
  t(rules.visibility === "held" ? "held_tally" : "live"),
  t(rules.change_allowed ? "may_change" : "one_choice"),
  rules.duration_ms ? t("lasts", { seconds: rules.duration_ms / 1000 }) : t("no_deadline_rule"),
  t("grace", { seconds: rules.grace_ms / 1000 }),
  t(rules.verification === "automatic" ? "verify_automatic" : "verify_person"),
];

const runWords = (run) => [
  scaleText(run.scale),
  t(run.visibility === "held" ? "held_tally" : "live"),
  t(run.change_allowed ? "may_change" : "one_choice"),
  t("grace", { seconds: run.grace_ms / 1000 }),
  t(run.verification === "automatic" ? "verify_automatic" : "verify_person"),
];

function scaleText(scale) {
  if (scale.kind === "labels") return (scale.buckets || scale.labels).map((label) => pick(label.name)).join(" / ");
  return t(scale.step > 1 ? "scale_step" : "scale_points", scale);
}

export const estimatorText = (estimator) => t(estimator.kind, { trim: estimator.trim_percent });
