// What can be done to the run: one primary action, beside it the way back and the rest.

import { html, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk, useNow, useOrders } from "./desk.js";
import { Held, Press, Refusal, Shape, barredText, offText, time } from "./parts.js";
import { closingLeft, correctionAsked, nextSegment, otherMoves, primary, segmentOf, voidAsked } from "./state.js";
import { t } from "./words.js";

export function Moves({ run }) {
  const { state } = useDesk();
  const orders = useOrders();
  const [asking, setAsking] = useState("");
  const asked = voidAsked(state);
  const correction = correctionAsked(state);
  const others = otherMoves(state);
  const possible = others.some((move) => move.id === asking && !move.off);
  const press = (move) => orders.give(...move.order);
  return html`<div class="moves">
    <div class="move-row">
      <${Primary} move=${primary(state)} press=${press} run=${run} />
      <${Others} moves=${others} press=${press} asking=${asking} setAsking=${setAsking} />
    </div>
    ${asked && html`<${Asked} asked=${asked} orders=${orders} what="void" said="void_asked" />`}
    ${correction && html`<${Asked} asked=${correction} orders=${orders} what="correction" said="correction_asked_by" />`}
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
    ${move.off === "closing" ? html`<${Wait} run=${run} />` : html`<b>${t("move_" + move.id)}</b>
    ${(off || next) && html`<small>${off || pick(next.unit)}</small>`}`}
  <//>`;
}

// While a run closes there is nothing to press: how long, why, and what comes then.
function Wait({ run }) {
  const { seconds, viewers_ms } = closingLeft(run, useNow(200));
  return html`<b>${seconds ? t("wait", { seconds }) : t("move_closing")}</b>
    <small>${viewers_ms ? t("wait_viewers", { time: time(viewers_ms) }) : t("wait_grace")}</small>`;
}

const KEYS = { extend: "E", pause: "P", resume: "P" };

// What needs a reason opens a line for it.
function Others({ moves, press, asking, setAsking }) {
  const button = (move) => {
    const needsReason = ["rerun", "void", "correct"].includes(move.id);
    const act = needsReason ? () => setAsking(asking === move.id ? "" : move.id) : () => press(move);
    return html`<${Press} key=${move.id} k=${KEYS[move.id] || ""} off=${offText(move)} onPress=${act}
      pressed=${needsReason ? asking === move.id : undefined}>${t("move_" + move.id)}<//>`;
  };
  return html`<div class="others">${moves.map(button)}</div>`;
}

const wordsOf = (what, alone) => {
  if (what === "rerun") return ["ask_rerun", "do_rerun"];
  if (what === "correct") return ["ask_correction", "do_correction"];
  return alone ? ["ask_void_armed", "do_void_armed"] : ["ask_void", "do_void"];
};

// The reason for a re-run, a void or a correction, in place: the picture behind stays in view.
function Ask({ what, run, orders, leave }) {
  const { state } = useDesk();
  const [reason, setReason] = useState("");
  const [text, setText] = useState("");
  const words = wordsOf(what, run.phase === "armed");
  const unit = pick(segmentOf(state, run.segment).unit);
  const order = {
    rerun: ["arm", { segment: run.segment, reason }],
    void: ["ask_void", { run: run.id, reason }],
    correct: ["ask_correction", { run: run.id, text, reason }],
  }[what];
  const missing = what === "correct" && !text.trim() ? "correction_text" : reason.trim() ? "" : "reason";
  const done = async () => (await orders.give(...order)) && leave();
  return html`<div class="ask" onKeyDown=${(event) => event.key === "Escape" && leave()}>
    <p>${t(words[0], { unit, code: run.code })}</p>
    ${what === "correct" && html`<label><span class="aside">${t("correction_text")}</span>
      <input class="field" ref=${focusOnce} value=${text} maxlength="300" placeholder=${t("correction_text")}
        onInput=${(event) => setText(event.target.value)} /></label>`}
    <label><span class="aside">${t("reason")}</span>
      <input class="field" ref=${what === "correct" ? null : focusOnce} value=${reason} maxlength="300" placeholder=${t("reason")}
        onInput=${(event) => setReason(event.target.value)} /></label>
    <${Held} what=${what} tone="danger" off=${missing && t(missing)} onDone=${done}>${t(words[1])}<//>
    <${Press} onPress=${leave}>${t("cancel")}<//>
  </div>`;
}

const focusOnce = (input) => input && !input.value && input.focus();

// Somebody asked for what two people must want; said: the word that tells who, what and why.
function Asked({ asked, orders, what, said }) {
  const { state } = useDesk();
  const args = { run: asked.run.id };
  return html`<div class="ask asked" role="alert">
    <p><${Shape} name="warning" /> <b>${t(said, { ...asked, code: asked.run.code })}</b>
      ${" "}${t(asked.mine ? "void_mine" : "void_second")}</p>
    <${Held} what=${what + " " + asked.run.id} tone="danger" off=${asked.mine ? t("void_mine") : barredText(state, "confirm_" + what)}
      onDone=${() => orders.give("confirm_" + what, args)}>${t("confirm_" + what)}<//>
    <${Press} off=${barredText(state, "drop_" + what)} onPress=${() => orders.give("drop_" + what, args)}>${t("drop_void")}<//>
  </div>`;
}
