// Replays: a revealed run shown again to overlays that come for it, with its picture beside the keys.

import { useScreen } from "../../shared/screen.js";
import { html, useEffect, useRef, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { pick } from "../../shared/words.js";
import { t } from "../words.js";
import { elapsed } from "../times.js";
import { Copy, Select, refusedText } from "./controls.js";

const LOOK_MS = 1000;
const TICK_MS = 250;
const SPEEDS = [1, 2, 4, 8, 20];
const KINDS = ["bar", "side", "result", "countdown", "pledge", "board"];

export function Replay({ desk }) {
  const path = desk.path("replay");
  const [found, setFound] = useState(null); // {now, replay, runs}, and `at` by this page's clock
  const [wish, setWish] = useState({ run: "", kind: "bar", speed: 1 }); // before anything plays
  const [refusal, setRefusal] = useState(null);
  const [, tick] = useState(0);
  const may = desk.has("producer", "director");
  // How many changes were asked for; what the last of them comes to, until all are answered. One
  // choice builds on the one before, and what was looked up meanwhile is out of date.
  const asks = useRef({ count: 0, wanted: null, sent: Promise.resolve() });
  const take = (answer) => setFound({ ...answer, at: performance.now() });
  const newest = (count) => count === asks.current.count;
  useEffect(() => {
    const look = () => {
      const { count, wanted } = asks.current;
      if (!wanted) api("GET", path).then((answer) => newest(count) && take(answer), () => {});
    };
    look();
    const looking = setInterval(look, LOOK_MS);
    const ticking = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => { clearInterval(looking); clearInterval(ticking); };
  }, [path]);
  if (!found) return null;

  const { replay, runs } = found;
  const chosen = replay || { ...wish, run: wish.run || (runs[0] ? runs[0].run : ""), playing: false, position_ms: 0 };
  const run = runs.find((one) => one.run === chosen.run);

  function ask(changes) {
    const all = asks.current;
    const count = ++all.count;
    const { run: id, kind, speed, playing } = all.wanted = { ...(all.wanted || chosen), ...changes };
    setRefusal(null);
    const body = { run: id, kind, speed, playing };
    if ("position_ms" in changes) body.position_ms = changes.position_ms;
    all.sent = all.sent.then(() => api("POST", path, body)).then((answer) => newest(count) && take(answer), setRefusal)
      .then(() => { if (newest(count)) all.wanted = null; });
  }

  // Choosing changes what plays; before that it is only noted.
  const choose = (changes) => (replay ? ask(changes) : setWish({ ...wish, ...changes }));
  const end = () => {
    asks.current.count += 1;
    api("DELETE", path).then(() => setFound({ ...found, replay: null }), setRefusal);
  };

  return html`
    <section class="card replay">
      <h2>${t("replay")}</h2>
      <p>${t("replay_say")}</p>
      ${runs.length === 0 && html`<p class="quiet">${t("replay_none")}</p>`}
      ${run && html`
        <div class="columns">
          <div>
            <${Choices} desk=${desk} runs=${runs} chosen=${chosen} choose=${choose} disabled=${!may} />
            <${Line} run=${run} chosen=${chosen} found=${found} ask=${ask} disabled=${!may} />
            ${may && html`<p class="keys">
              <button type="button" class="primary" onClick=${() => ask(chosen.playing ? { playing: false } : starting(chosen, run, found))}>
                ${chosen.playing && !ended(chosen, run, found) ? `❚❚ ${t("replay_pause")}` : `▶ ${t("replay_play")}`}</button>
              ${replay && html`<button type="button" onClick=${end}>■ ${t("replay_end")}</button>`}
            </p>`}
            ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
          </div>
          ${may && html`<${Screen} desk=${desk} />`}
        </div>`}
    </section>
  `;
}

// Where it stands now, by the server's last word and the time since.
function positionOf(chosen, run, found) {
  const moved = chosen.playing ? (performance.now() - found.at) * chosen.speed : 0;
  return Math.min(run.length_ms, Math.round(chosen.position_ms + moved));
}

const ended = (chosen, run, found) => positionOf(chosen, run, found) >= run.length_ms;

// At its end it plays again from the beginning.
const starting = (chosen, run, found) => (ended(chosen, run, found) ? { playing: true, position_ms: 0 } : { playing: true });

function Choices({ desk, runs, chosen, choose, disabled }) {
  const unitOf = (one) => {
    const segment = desk.state.view.segments.find((each) => each.id === one.segment);
    return segment ? pick(segment.unit) : "";
  };
  const field = (name, value, options, take) => html`<div class="field">
    <label for=${`replay-${name}`}>${t(`replay_${name}`)}</label>
    <${Select} id=${`replay-${name}`} disabled=${disabled} value=${value} options=${options} onValue=${take} /></div>`;
  return html`<div class="line-fields">
    ${field("run", chosen.run, runs.map((one) => ({ value: one.run, name: `${one.code} ${unitOf(one)}` })), (run) => choose({ run }))}
    ${field("kind", chosen.kind, KINDS.map((kind) => ({ value: kind, name: t(`replay_kind_${kind}`) })), (kind) => choose({ kind }))}
    ${field("speed", String(chosen.speed), SPEEDS.map((speed) => ({ value: String(speed), name: `${speed}×` })), (speed) => choose({ speed: Number(speed) }))}
  </div>`;
}

// The run's own time line, with the moments that people look for.
function Line({ run, chosen, found, ask, disabled }) {
  const position = positionOf(chosen, run, found);
  const marks = [["open", 0], ["close", run.closed_ms], ["reveal", run.revealed_ms]];
  return html`<div class="time-line">
    <input type="range" min="0" max=${run.length_ms} step="1000" value=${position} disabled=${disabled}
      aria-label=${t("replay_position")} aria-valuetext=${`${elapsed(position)} / ${elapsed(run.length_ms)}`}
      onChange=${(event) => ask({ position_ms: Number(event.currentTarget.value) })} />
    <p><b>${elapsed(position)}</b> / ${elapsed(run.length_ms)}
      ${!disabled && marks.map(([name, at]) => html`<button type="button" class="plain" key=${name} onClick=${() => ask({ position_ms: at })}>${t(`replay_to_${name}`, { time: elapsed(at) })}</button>`)}</p>
  </div>`;
}

// Its address for a graphics machine, and the picture that stands there.
function Screen({ desk }) {
  const place = useScreen();
  const [url, setUrl] = useState("");
  const [refusal, setRefusal] = useState(null);
  const make = () => api("POST", desk.path("replay-link")).then((made) => setUrl(made.url), setRefusal);
  useEffect(() => { make(); }, [desk.state.chosen]);
  const token = url.slice(url.indexOf("#"));
  return html`<div>
    <div class="overlay-picture" ref=${place}>
      ${url && html`<iframe title=${t("replay_picture")} tabindex="-1" src=${`/overlay?bg=photo${token}`}></iframe>`}
    </div>
    <p class="hint quiet">${t("replay_address")}</p>
    ${url && html`<${Copy} label=${t("replay")} text=${url} />`}
    ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
  </div>`;
}
