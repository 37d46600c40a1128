// What can be done to the run: one primary action, beside it the way back and the rest.

import { html, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk, useOrders } from "./desk.js";
import { Held, Press, Refusal, Shape, barredText, offText } from "./parts.js";
import { nextSegment, otherMoves, primary, segmentOf, voidAsked } from "./state.js";
import { t } from "./words.js";

export function Moves({ run }) {
  const { state } = useDesk();
  const orders = useOrders();
  const [asking, setAsking] = useState("");
  const asked = voidAsked(state);
  const others = otherMoves(state);
  const possible = others.some((move) => move.id === asking && !move.off);
  const press = (move) => orders.give(...move.order);
  return html`<div class="moves">
    <div class="move-row">
      <${Primary} move=${primary(state)} press=${press} run=${run} />
      <${Others} moves=${others} press=${press} asking=${asking} setAsking=${setAsking} />
    </div>
    ${asked && html`<${VoidAsked} asked=${asked} orders=${orders} />`}
    ${possible && html`<${Ask} key=${run.id + asking} what=${asking} run=${run} orders=${orders} leave=${() => setAsking("")} />`}
    <${Refusal} refusal=${orders.refusal} />
  </div>`;
}

function Primary({ move, press, run }) {
  const { state } = useDesk();
  const off = offText(move);
  const next = move.id === "next" && nextSegment(state);
  return html`<${Held} k="Space" hint=${off ? "" : t("hold")} tone=${"primary do-" + move.id} what=${`${move.id} ${run && run.id} ${next && next.id}`}
    off=${off} onDone=${() => press(move)}>
    <b>${t("move_" + move.id)}</b>
    ${(off || next) && html`<small>${off || pick(next.unit)}</small>`}
  <//>`;
}

const KEYS = { extend: "E", pause: "P", resume: "P" };

// What needs a reason opens a line for it.
function Others({ moves, press, asking, setAsking }) {
  const button = (move) => {
    const needsReason = move.id === "rerun" || move.id === "void";
    const act = needsReason ? () => setAsking(asking === move.id ? "" : move.id) : () => press(move);
    return html`<${Press} key=${move.id} k=${KEYS[move.id] || ""} off=${offText(move)} onPress=${act}
      pressed=${needsReason ? asking === move.id : undefined}>${t("move_" + move.id)}<//>`;
  };
  return html`<div class="others">${moves.map(button)}</div>`;
}

// The reason for a re-run or a void, in place: the picture behind stays in view.
function Ask({ what, run, orders, leave }) {
  const { state } = useDesk();
  const [reason, setReason] = useState("");
  const alone = run.phase === "armed";
  const words = what === "rerun" ? ["ask_rerun", "do_rerun"] : alone ? ["ask_void_armed", "do_void_armed"] : ["ask_void", "do_void"];
  const unit = pick(segmentOf(state, run.segment).unit);
  const order = what === "rerun"
    ? ["arm", { segment: run.segment, reason }]
    : ["ask_void", { run: run.id, reason }];
  const done = async () => (await orders.give(...order)) && leave();
  return html`<div class="ask" onKeyDown=${(event) => event.key === "Escape" && leave()}>
    <p>${t(words[0], { unit, code: run.code })}</p>
    <label><span class="aside">${t("reason")}</span>
      <input class="field" ref=${focusOnce} value=${reason} maxlength="300" placeholder=${t("reason")}
        onInput=${(event) => setReason(event.target.value)} /></label>
    <${Held} what=${what} tone="danger" off=${reason.trim() ? "" : t("reason")} onDone=${done}>${t(words[1])}<//>
    <${Press} onPress=${leave}>${t("cancel")}<//>
  </div>`;
}

const focusOnce = (input) => input && !input.value && input.focus();

function VoidAsked({ asked, orders }) {
  const { state } = useDesk();
  const args = { run: asked.run.id };
  return html`<div class="ask asked" role="alert">
    <p><${Shape} name="warning" /> <b>${t("void_asked", { by: asked.by, code: asked.run.code, reason: asked.reason })}</b>
      ${" "}${t(asked.mine ? "void_mine" : "void_second")}</p>
    <${Held} what=${"void " + asked.run.id} tone="danger" off=${asked.mine ? t("void_mine") : barredText(state, "confirm_void")}
      onDone=${() => orders.give("confirm_void", args)}>${t("confirm_void")}<//>
    <${Press} off=${barredText(state, "drop_void")} onPress=${() => orders.give("drop_void", args)}>${t("drop_void")}<//>
  </div>`;
}
