// The run of show: every segment with where its run stands; what is on, what comes next.

import { html, useEffect, useRef } from "../shared/ui.js";
import { PHASES, pick } from "../shared/words.js";
import { useDesk, useOrders } from "./desk.js";
import { Insert } from "./insert.js";
import { Press, Refusal, Shape, offText } from "./parts.js";
import { goNext, primary, rundown } from "./state.js";
import { t } from "./words.js";

export function Rundown() {
  const { state } = useDesk();
  const rows = rundown(state);
  return html`<nav class="rundown box" aria-labelledby="rundown-title">
    <header class="bar-line"><h2 id="rundown-title">${t("rundown")}</h2><${GoNext} /></header>
    ${rows.length ? html`<ol class="segments">${rows.map((row) => html`<${Row} key=${row.segment.id} ...${row} />`)}</ol>`
      : html`<div class="empty"><p>${t("rundown_empty")}</p><p class="quiet">${t("rundown_empty_do")}</p></div>`}
    <${Insert} />
  </nav>`;
}

function GoNext() {
  const { state } = useDesk();
  const orders = useOrders();
  const move = goNext(state);
  // After a reveal going on is the primary action already.
  const asPrimary = primary(state).id === "next";
  return html`<${Press} k="N" off=${offText(move)} tone=${asPrimary ? "quiet-press" : ""}
    onPress=${() => orders.give(...move.order)}>${t("move_next")}<//><${Refusal} refusal=${orders.refusal} />`;
}

// A press marks the segment as the next one; nothing changes for anybody else until it is taken.
function Row({ segment, run, figure, current, next }) {
  const { tell } = useDesk();
  const row = useRef(null);
  useEffect(() => {
    if (current) showIn(row.current.parentElement, row.current);
  }, [current]);
  const unit = pick(segment.unit);
  const phase = run ? run.phase : "none";
  return html`<li ref=${row} class=${"segment" + (current ? " is-current" : "") + (next ? " is-next" : "")}
    aria-current=${current ? "step" : null}>
    <button type="button" class="segment-press" disabled=${current} aria-pressed=${current ? null : String(next)}
      title=${current ? null : t("mark_next", { unit })} onClick=${() => tell({ t: "mark", segment: segment.id })}>
      <span class="number">${segment.position}</span>
      <span class="who"><b>${unit}</b> <span class="quiet">${segment.lookback && `${t("lookback")} · `}${pick(segment.post)}</span></span>
      <span class="stand">
        ${(current || next) && html`<span class=${"tag " + (current ? "tag-now" : "tag-next")}>${t(current ? "now" : "next")}</span>`}
        ${figure
          ? html`<span class="row-figure">${figure}</span>`
          : html`<span class=${"row-phase phase-text-" + phase}><${Shape} name=${phase} /> ${run ? pick(PHASES[phase]) : t("not_scored")}</span>`}
      </span>
    </button>
  </li>`;
}

// Only the list moves, never the page.
function showIn(list, row) {
  const top = row.offsetTop - list.offsetTop;
  const past = top + row.offsetHeight - list.clientHeight;
  list.scrollTop = Math.max(Math.min(list.scrollTop, top), past);
}
