// Preview and programme: what is cued, what is on air, and what is open beside it.

import { useScreen } from "../shared/screen.js";
import { html } from "../shared/ui.js";
import { PHASES, pick } from "../shared/words.js";
import { useBlank } from "./blank.js";
import { useDesk, useOrders } from "./desk.js";
import { Press, Refusal, Shape, barredText } from "./parts.js";
import { currentSegment, onAir, runUnderWay, segmentOf } from "./state.js";
import { t } from "./words.js";

const KINDS = ["bar", "call", "countdown", "result", "board", "side", "pledge", "question", "lookback", "delivery"];
const OF_NO_SEGMENT = ["board", "delivery"];

export function Graphics() {
  const { state } = useDesk();
  const blank = useBlank();
  const { preview, programme, episode } = state.view;
  return html`<section class="graphics box" aria-label=${t("graphics")}>
    <${Monitor} show="programme" episode=${episode.id} hidden=${blank.blanked}
      note=${blank.blanked ? t(blank.sure ? "blanked" : "blanked_here") : programme.length ? "" : t("empty_programme")} />
    <${Controls} blank=${blank} />
    <${Monitor} show="preview" episode=${episode.id} note=${preview ? "" : t("empty_preview")} />
    <${Cues} />
    <${OnAir} />
  </section>`;
}

// What is open and what is on air are two things; side by side a difference shows.
function OnAir() {
  const { state } = useDesk();
  const orders = useOrders();
  const run = runUnderWay(state);
  const off = barredText(state, "out");
  return html`<dl class="on-air">
    <dt>${t("open_now")}</dt>
    <dd>${run ? html`<${Shape} name=${run.phase} /> ${pick(PHASES[run.phase])} · ${pick(segmentOf(state, run.segment).unit)}` : t("nothing")}</dd>
    <dt>${t("on_air")}</dt>
    <dd>${onAir(state).map(({ graphic, mark }) => html`<div key=${graphic.kind} class=${"air-item" + (mark ? " misfit" : "")}>
      <span><b>${t(graphic.kind)}</b> ${graphic.segment ? pick(graphic.segment.unit) : t("whole_episode")}
        ${mark && html`<span class="mark"><${Shape} name="warning" /> ${t("mark_" + mark)}</span>`}</span>
      <${Press} off=${off} label=${t("out_of", { kind: t(graphic.kind) })}
        onPress=${() => orders.give("out", { kind: graphic.kind }, { any: true })}>${t("out")}<//>
    </div>`)}
    ${state.view.programme.length === 0 && t("nothing")}<${Refusal} refusal=${orders.refusal} /></dd>
  </dl>`;
}

// Take says which graphic it saw in preview: never another one that was cued in between.
function Controls({ blank }) {
  const { state } = useDesk();
  const orders = useOrders();
  const { preview, programme } = state.view;
  const take = () => orders.give("take", { kind: preview.kind, segment: preview.segment ? preview.segment.id : "" });
  const readOnly = barredText(state, "blank") === t("off_read_only");
  return html`<div class="controls">
    <${Press} k="T" tone="go" off=${barredText(state, "take") || (preview ? "" : t("off_no_preview"))} onPress=${take}>${t("take")}<//>
    <${Press} k="O" off=${barredText(state, "out") || (programme.length ? "" : t("off_nothing_on_air"))}
      onPress=${() => orders.give("out", {}, { any: true })}>${t("out_all")}<//>
    <${Press} k="B" tone=${blank.blanked ? "go" : "danger"} off=${readOnly ? t("off_read_only") : ""} onPress=${blank.toggle}>
      ${t(blank.blanked ? "restore" : "blank")}<//>
    <${Refusal} refusal=${orders.refusal || (blank.sure ? blank.refusal : null)} />
  </div>`;
}

function Cues() {
  const { state } = useDesk();
  const orders = useOrders();
  const { preview, current } = state.view;
  const off = barredText(state, "cue");
  const segment = currentSegment(state);
  const missing = (kind) =>
    OF_NO_SEGMENT.includes(kind) ? "" : !segment ? t("off_no_segment") : kind === "lookback" && !segment.lookback ? t("off_no_lookback") : "";
  const cued = (kind) => Boolean(preview) && preview.kind === kind && (!preview.segment || preview.segment.id === current);
  const cue = (kind) => cued(kind) || orders.give("cue", { kind, segment: OF_NO_SEGMENT.includes(kind) ? "" : current });
  return html`<div class="cues" role="group" aria-label=${t("preview")}>
    ${KINDS.map((kind, i) => html`<${Press} key=${kind} k=${String((i + 1) % 10)} pressed=${cued(kind)}
      off=${off || missing(kind)} onPress=${() => cue(kind)}>${t(kind)}<//>`)}
    <${Refusal} refusal=${orders.refusal} />
  </div>`;
}

// The overlay itself, as large as the place allows. It looks, it is not touched.
function Monitor({ show, episode, note, hidden = false }) {
  const place = useScreen();
  const query = new URLSearchParams({ show, bg: "photo", episode });
  return html`<figure class=${"monitor monitor-" + show}>
    <figcaption>${t(show)}${note && !hidden && html` <span class="monitor-note">${note}</span>`}</figcaption>
    <div class="screen" ref=${place}><iframe class=${hidden ? "is-blank" : ""} title=${t(show)} tabindex="-1" src=${"/overlay?" + query}></iframe>
      ${hidden && html`<p class="blank-note">${note}</p>`}</div>
  </figure>`;
}
