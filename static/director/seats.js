// The studio: who is there, who has voted, which seat is missing; and a new code for a seat.

import { html, useMemo, useState } from "../shared/ui.js";
import { lang } from "../shared/words.js";
import { useDesk, useOrders } from "./desk.js";
import { Held, Refusal, barredText } from "./parts.js";
import { runShown, seatMap } from "./state.js";
import { t } from "./words.js";

const NAMED = 6;
const VOTING = ["open", "paused", "closing", "closed"];

export function Seats() {
  const { state } = useDesk();
  const [chosen, setChosen] = useState("");
  if (!state.view.seats.length) {
    return html`<section class="seats box" aria-labelledby="seats-title"><h2 id="seats-title">${t("seats")}</h2>
      <p>${t("seats_none")}</p><p class="quiet">${t("seats_none_do")}</p></section>`;
  }
  return html`<section class="seats box" aria-labelledby="seats-title">
    <header class="bar-line"><h2 id="seats-title">${t("seats")}</h2><${Line} /></header>
    <${Map} chosen=${chosen} choose=${setChosen} />
    <footer class="bar-line"><${Legend} /><${Reissue} seat=${chosen} choose=${setChosen} /></footer>
  </section>`;
}

// 197/200 online · 188 voted · missing: C-14 …
function Line() {
  const { state } = useDesk();
  const { ops, view } = state;
  if (!ops) return html`<p class="quiet">${t("no_ops")}</p>`;
  const run = runShown(state);
  const voting = run && VOTING.includes(run.phase);
  const N = view.seats.length;
  const absent = N - ops.seats_online;
  return html`<p class="seats-line">
    <b>${t("seats_line", { online: ops.seats_online, N })}</b> · <b>${t("seats_voted", { n: ops.seats_voted })}</b>
    ${voting && html` · ${ops.seats_voted < N ? t("seats_missing", { labels: named(ops.missing, N - ops.seats_voted) }) : t("seats_all")}`}
    ${!voting && absent > 0 && html` · ${t("seats_absent", { labels: named(ops.absent, absent) })}`}
  </p>`;
}

function named(labels, count) {
  const some = labels.slice(0, NAMED).join(t("sep"));
  return count > NAMED ? `${some} ${t("seats_more", { n: count, rest: count - NAMED })}` : some;
}

// Drawn anew only when a seat changed: a thousand of them come twice a second. A cell is a
// shortcut for the pointer; the field below does the same for everybody.
function Map({ chosen, choose }) {
  const { state } = useDesk();
  const blocks = seatMap(state);
  const drawn = blocks.map(({ block, seats }) => block + seats.map((s) => s.label + s.place).join()).join() + chosen + lang();
  const size = sizeFor(state.view.seats.length);
  const pick = (event) => event.target.dataset.seat && choose(event.target.dataset.seat);
  return useMemo(() => html`<div class=${"seat-map " + size} onClick=${pick}>${blocks.map(({ block, seats }) => html`
    <div class="block" key=${block} role="img" aria-label=${blockText(block, seats)}>
      <p>${block ? t("block", { block }) : t("no_block")}</p>
      <div class="cells">${seats.map(({ label, place }) => html`<i key=${label} data-seat=${label}
        class=${`seat seat-${place}${label === chosen ? " is-chosen" : ""}`} title=${`${label} · ${t("seat_" + place)}`}></i>`)}</div>
    </div>`)}</div>`, [drawn]);
}

const sizeFor = (N) => (N > 600 ? "tiny" : N > 250 ? "small" : N > 60 ? "" : "few");

const PLACES = ["voted", "here", "away", "empty", "unknown"];

function blockText(block, seats) {
  const counts = PLACES.map((place) => [place, seats.filter((s) => s.place === place).length]);
  const told = counts.filter(([, count]) => count).map(([place, count]) => `${t("seat_" + place)} ${count}`);
  return `${block ? t("block", { block }) : t("no_block")}: ${told.join(t("sep"))}`;
}

const Legend = () => html`<ul class="legend" aria-hidden="true">
  ${PLACES.slice(0, 4).map((place) => html`<li key=${place}><i class=${"seat seat-" + place}></i>${t("seat_" + place)}</li>`)}
</ul>`;

function Reissue({ seat, choose }) {
  const { state } = useDesk();
  const orders = useOrders();
  const [done, setDone] = useState("");
  const found = state.view.seats.find((s) => s.label.toLowerCase() === seat.trim().toLowerCase());
  const off = barredText(state, "reissue_seat") || (found ? "" : t("reissue_none", { seat }));
  async function reissue() {
    if (!(await orders.give("reissue_seat", { seat: found.label }))) return;
    setDone(found.label);
    choose("");
  }
  return html`<div class="reissue">
    <label><span>${t("reissue_seat")}</span><input class="field" value=${seat} size="8" maxlength="16" list="seat-labels" autocomplete="off"
      onInput=${(event) => { setDone(""); choose(event.target.value); }} /></label>
    <datalist id="seat-labels">${state.view.seats.map((s) => html`<option key=${s.label} value=${s.label}></option>`)}</datalist>
    <${Held} what=${"reissue " + seat} off=${off} onDone=${reissue}>${t("reissue")}<//>
    <p role="status" class="told">${done && t("reissue_told", { seat: done })}</p>
    <${Refusal} refusal=${orders.refusal} />
  </div>`;
}
