// The seats: who has joined, sheets with QR codes to print, new codes, and the list itself.

import { html, useState } from "../../shared/ui.js";
import { lang, pick } from "../../shared/words.js";
import { t } from "../words.js";
import { same } from "../merge.js";
import { addSeats, blockNames, byBlock, checkSeats, seatsByPattern, SEATS_MAX } from "../seats.js";
import { Grid } from "../grid.js";
import { Importer } from "./importer.js";
import { Held, LooseClashes, SaveBar, refusedText } from "./controls.js";

// An address of more labels than this is longer than some printers' servers take.
const PRINT_MAX = 400;
const UNDER_WAY = ["armed", "open", "paused", "closing"];

let known = { lang: "", panels: null, columns: [] };

// The same list as long as language and panels are, so that rows are not drawn again for nothing.
function columns(panels) {
  if (known.lang === lang() && same(known.panels, panels)) return known.columns;
  const options = panels.map((panel) => ({ value: panel.id, name: pick(panel.name) }));
  known = {
    lang: lang(), panels,
    columns: [
      { key: "label", width: "40%", name: t("column_seat") },
      { key: "block", width: "25%", name: t("column_block") },
      { key: "panel", width: "35%", name: t("column_panel"), options },
    ],
  };
  return known.columns;
}

export function Roster({ desk }) {
  const { state, can } = desk;
  const { view } = state;
  const seats = state.drafts.roster.mine;
  const panels = view.rules.panels.filter((panel) => panel.admission === "seats");
  const edit = (value, what) => desk.tell({ t: "edit", section: "roster", value, what });
  const run = view.runs.find((one) => UNDER_WAY.includes(one.phase));
  const gone = lost(view.seats, seats);
  const [open, setOpen] = useState(view.seats.length === 0);
  // An error must not hide in a closed table.
  const shown = open || Object.keys(state.drafts.roster.wrong).length > 0;
  return html`
    ${view.seats.length > 0 && html`<${Saved} desk=${desk} />`}
    <section class="edit-seats">
      <div class="bar">
        <h2>${t("seat_list")} <span class="quiet">${t("seats", { count: seats.length })}</span></h2>
        <${Importer} desk=${desk} kind="roster" columns=${columns(panels)} check=${(rows) => checkSeats(rows, panels.map((panel) => panel.id))}
          take=${(rows, replace) => edit(replace ? rows : addSeats(seats, rows), "import")} />
      </div>
      ${panels.length === 0 && html`<p class="strip calm">${t("no_seat_panel")} <a href="#rules">${t("tab_rules")}</a></p>`}
      <${LooseClashes} desk=${desk} section="roster" />
      ${can && panels.length > 0 && html`<${Pattern} seats=${seats} panels=${panels} onMake=${(value) => edit(value, "generate")} />`}
      ${seats.length > 0 && html`
        <button type="button" class="plain" aria-expanded=${shown} onClick=${() => setOpen(!shown)}>${shown ? "▾" : "▸"} ${t(can ? "seat_table" : "seat_table_read")}</button>`}
      ${shown && seats.length > 0 && html`
        <div class="seat-table">
          ${can && html`<p class="quiet hint">${t("grid_hint")}</p>`}
          <${Grid} desk=${desk} section="roster" columns=${columns(panels)} label=${t("seat_list")} pinned=${() => ""}
            fresh=${(above) => ({ label: "", block: above ? above.block : "", panel: above ? above.panel : panels[0].id })} />
        </div>`}
      ${seats.length === 0 && html`<p class="empty">${t("roster_empty")}</p>`}
      <${SaveBar} desk=${desk} section="roster" blocked=${run ? t("roster_frozen", { code: run.code }) : ""}
        note=${gone ? t("seats_gone", { count: gone }) : ""} />
    </section>
  `;
}

// Seats that a tablet holds and that this list would take away.
function lost(before, after) {
  const kept = new Set(after.map((seat) => seat.label));
  return before.filter((seat) => seat.joined && !kept.has(seat.label)).length;
}

// The roster as it is saved, and live: chosen seats can be printed, one can get a new code.
function Saved({ desk }) {
  const { state, can } = desk;
  const { seats } = state.view;
  const [chosen, setChosen] = useState([]);
  const labels = seats.map((seat) => seat.label);
  const marked = chosen.filter((label) => labels.includes(label));
  const waiting = seats.filter((seat) => !seat.joined).length;
  const choose = (some, on) => setChosen(on ? [...new Set([...marked, ...some])] : marked.filter((label) => !some.includes(label)));
  const sheets = (query) => desk.path(`seats.pdf${query}`);
  return html`
    <section>
      <div class="bar">
        <h2>${t("joined_of", { joined: seats.length - waiting, count: seats.length })}</h2>
        ${can && html`
          <div class="keys">
            ${waiting > 0
              ? html`<a class="key" href=${sheets("")} target="_blank">${t("print_waiting", { count: waiting })}</a>`
              : html`<span class="good">✓ ${t("all_joined")}</span>`}
            ${marked.length > 0 && marked.length <= PRINT_MAX && html`
              <a class="key" href=${sheets(`?${new URLSearchParams({ seats: marked.join(",") })}`)} target="_blank">${t("print_chosen", { count: marked.length })}</a>`}
            ${marked.length > PRINT_MAX && html`<span class="clash-said">${t("print_fewer", { count: PRINT_MAX })}</span>`}
            ${marked.length > 0 && html`<button type="button" onClick=${() => setChosen([])}>${t("choose_none")}</button>`}
          </div>`}
      </div>
      ${can && html`<p class="quiet hint">${t("seats_hint")}</p>`}
      ${marked.length === 1 && html`<${One} key=${marked[0]} desk=${desk} seat=${seats.find((seat) => seat.label === marked[0])} />`}
      ${byBlock(seats).map((group) => html`<${Block} key=${group.block} group=${group} chosen=${marked} can=${can} onChoose=${choose} />`)}
    </section>
  `;
}

function Block({ group, chosen, can, onChoose }) {
  const labels = group.seats.map((seat) => seat.label);
  const all = labels.every((label) => chosen.includes(label));
  const full = group.joined === group.seats.length;
  return html`
    <section class="block">
      <h3>
        <span>${group.block ? t("block", { block: group.block }) : t("block_none")}</span>
        <span class=${full ? "good" : "quiet"}>${full ? "✓ " : ""}${t("joined_of", { joined: group.joined, count: group.seats.length })}</span>
        ${can && html`<button type="button" class="plain" onClick=${() => onChoose(labels, !all)}>${t(all ? "choose_none" : "choose_all")}</button>`}
      </h3>
      <ul class="chips">
        ${group.seats.map((seat) => html`<${Chip} key=${seat.label} seat=${seat} on=${chosen.includes(seat.label)} can=${can} onChoose=${onChoose} />`)}
      </ul>
    </section>
  `;
}

function Chip({ seat, on, can, onChoose }) {
  const state = `${t(seat.joined ? "joined" : "not_joined")}${seat.generation > 1 ? `, ${t("generation", { generation: seat.generation })}` : ""}`;
  const body = html`
    <span class="chip-mark" aria-hidden="true">${seat.joined ? "✓" : "○"}</span> ${seat.label}
    ${seat.generation > 1 && html`<small aria-hidden="true">#${seat.generation}</small>`}
    <span class="aside">, ${state}</span>`;
  if (!can) return html`<li class=${`chip ${seat.joined ? "chip-joined" : ""}`} title=${state}>${body}</li>`;
  return html`
    <li><button type="button" class=${`chip ${seat.joined ? "chip-joined" : ""}`} aria-pressed=${on} title=${state}
      onClick=${() => onChoose([seat.label], !on)}>${body}</button></li>
  `;
}

// One seat: a new code, for a lost sheet or a broken tablet.
function One({ desk, seat }) {
  const [said, setSaid] = useState("");
  const [refusal, setRefusal] = useState(null);
  const panel = desk.state.view.rules.panels.find((one) => one.id === seat.panel);

  async function reissue() {
    setRefusal(null);
    try {
      await desk.order("reissue_seat", { seat: seat.label });
      setSaid(t("reissued", { seat: seat.label }));
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <section class="card one" aria-label=${t("seat", { seat: seat.label })}>
      <h3>${t("seat", { seat: seat.label })}</h3>
      <p>${seat.joined ? `✓ ${t("joined")}` : `○ ${t("not_joined")}`} · ${t("generation", { generation: seat.generation })} · ${panel ? pick(panel.name) : seat.panel}</p>
      <div class="keys">
        <${Held} cls="danger" onDone=${reissue}>${t("reissue")}<//>
        <span class="quiet">${t(seat.joined ? "reissue_joined" : "reissue_free")}</span>
      </div>
      <p class="good" role="status">${said}</p>
      ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
    </section>
  `;
}

// Blocks A-J with twenty seats each, in one go. Seats that are there already stay.
function Pattern({ seats, panels, onMake }) {
  const [blocks, setBlocks] = useState("A-J");
  const [typed, setTyped] = useState("20");
  const [panel, setPanel] = useState(panels[0].id);
  const count = /^\d{1,4}$/.test(typed.trim()) ? Number(typed) : 0;
  const names = blockNames(blocks);
  const fits = names.length > 0 && count > 0 && names.length * count <= SEATS_MAX;
  const made = fits ? seatsByPattern({ blocks, count, panel: panels.some((one) => one.id === panel) ? panel : panels[0].id }) : [];
  const after = addSeats(seats, made);
  const more = after.length - seats.length;
  const told = !fits ? t("pattern_wrong", { max: SEATS_MAX })
    : t("pattern_makes", { first: made[0].label, last: made[made.length - 1].label, count: made.length, more });
  return html`
    <fieldset class="pattern">
      <legend>${t("pattern")}</legend>
      <label>${t("pattern_blocks")} <input type="text" value=${blocks} onInput=${(event) => setBlocks(event.currentTarget.value)} /></label>
      <label>${t("pattern_count")} <input type="text" inputmode="numeric" class="short" value=${typed} onInput=${(event) => setTyped(event.currentTarget.value)} /></label>
      <label>${t("column_panel")} <select value=${panel} onChange=${(event) => setPanel(event.currentTarget.value)}>
        ${panels.map((one) => html`<option key=${one.id} value=${one.id}>${pick(one.name)}</option>`)}</select></label>
      <button type="button" disabled=${more === 0} onClick=${() => onMake(after)}>＋ ${t("pattern_make", { more })}</button>
      <p class="quiet" role="status">${told}</p>
    </fieldset>
  `;
}
