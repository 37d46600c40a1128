// The voter's page: session, line, ballot. What it knows is in state.js, how it looks in draw.js.

import { api } from "../shared/api.js";
import { openLine } from "../shared/line.js";
import { lang, markLang, setLang } from "../shared/words.js";
import { $ } from "./dom.js";
import { openPage } from "./draw.js";
import { START, apply, nowOver, pendingBallot, seatCode, sendable } from "./state.js";
import { loadText } from "./text.js";

const TICK_MS = 250;
// A shorter cut is not worth a voter's attention.
const CUT_SHOWN_MS = 1200;
// Without WebSocket for so long, or after so many attempts: ask over HTTP meanwhile.
const POLL_AFTER_MS = 4000;
const POLL_AFTER_FAILURES = 3;
const POLL_MS = 2000;
// The server asks for other work than was done: it was too old, used, or of another episode.
const ANEW = ["work_needed", "bad_work"];
// Two hundred tablets in one room may come back faster than phones on the internet.
const SEAT_SLOWEST_MS = 2000;

let state = START;
let line = null;
let episode = ""; // where it must be named: the seat's; "" is the one that is on
let sent = null; // the pending ballot that is on its way, as in state.pending
let restored = ""; // the run whose kept ballot was looked for
let cutSince = 0;
let renewed = false; // a viewer's cookie was refused and asked for anew
let drawn = 0;
const polls = { next: 0, busy: false, up: false, code: 0 };

const page = openPage({
  onPick: (value) => dispatch({ t: "pick", value }),
  onSend: () => dispatch({ t: "send" }),
  onFollow: (on) => follow(on),
});

function dispatch(input) {
  const before = state;
  state = apply(state, input);
  if (state === before) return; // tallies, pongs: not for this page
  const { run } = state.view || {};
  if (run) restore(run.id);
  if (run) keep(run.id);
  push();
  redraw();
}

// One picture for messages that arrive together.
function redraw() {
  cancelAnimationFrame(drawn);
  drawn = requestAnimationFrame(() => {
    page.draw(state);
    page.tick(state, line ? line.now() : 0);
  });
}

// --- the channel: said by the link (?on=tv) or chosen here, and kept ---

function follow(on) {
  try {
    localStorage.setItem("livevote.on", on);
  } catch (e) { /* no storage here: it lasts as long as the page */ }
  dispatch({ t: "follow", on });
}

function followed() {
  const linked = new URLSearchParams(location.search).get("on");
  if (linked) return linked;
  try {
    return localStorage.getItem("livevote.on") || "";
  } catch (e) {
    return "";
  }
}

// --- the ballot that has no answer yet survives a reload ---

const key = (run) => ["livevote.ballot", state.view.episode.id, run, state.seat].join(".");

function keep(run) {
  const ballot = pendingBallot(state) || state.refusal;
  try {
    if (ballot) localStorage.setItem(key(run), JSON.stringify(ballot));
    else localStorage.removeItem(key(run));
  } catch (e) { /* no storage here: it lasts as long as the page */ }
}

function restore(run) {
  if (restored === run) return;
  restored = run;
  try {
    const ballot = JSON.parse(localStorage.getItem(key(run)));
    if (ballot) state = apply(state, { t: "kept", ballot });
  } catch (e) { /* as above */ }
}

// --- sending: by the line that is up, each attempt once ---

function push() {
  const ballot = state.pending;
  if (!ballot || ballot === sent || !sendable(state)) return;
  const { run, seq, value } = ballot;
  const posted = state.line === "polling";
  if (posted || (line && line.send({ t: "cast", run, seq, value }))) sent = ballot;
  if (posted) post({ episode, run, seq, value });
}

function post(ballot) {
  api("POST", "/api/vote", ballot).catch((error) => Object.assign({}, error, ballot, { t: "not_counted" })).then(receive);
}

function receive(message) {
  dispatch(message);
  if (message.t === "not_counted") again(message);
  // What was not even taken for a ballot has no run and seq: it was the last one sent.
  if (message.t === "refused" && sent) receive(Object.assign({}, message, sent, { t: "not_counted" }));
}

function again({ run, seq, code, retry, retry_after_ms }) {
  // Everyone was refused in the same moment; not everyone may come back in the same one.
  const wait = Math.max(retry_after_ms, 300) * (1 + Math.random());
  if (retry) setTimeout(() => dispatch({ t: "retry", run, seq }), wait);
  // Another page of this voter was faster: learn which ballot stands.
  if (code === "seq_conflict" || code === "seq_stale") poll();
}

// --- the line: WebSocket, and HTTP while there is none ---

// Looks at the line, asks over HTTP where it fails, and tells the state what became of it.
function watch() {
  if (!line) return;
  if (line.status === "stopped") return turnedAway(line.closeCode);
  if (line.status === "online") {
    renewed = polls.up = false;
    return setLine("online", 0);
  }
  const cut = performance.now() - cutSince;
  const none = line.closeCode === 4404;
  if (!none && (cut > POLL_AFTER_MS || line.failures >= POLL_AFTER_FAILURES)) poll();
  const code = polls.code || line.closeCode;
  if (polls.up) setLine("polling", 0);
  else if (code === 4404 || cut > CUT_SHOWN_MS) setLine("offline", code);
}

function setLine(status, code) {
  if (status !== state.line || code !== state.code) dispatch({ t: "line", status, code });
}

async function poll() {
  const asked = performance.now();
  if (polls.busy || asked < polls.next) return;
  polls.busy = true;
  try {
    const { welcome, state: whole, mine } = await api("GET", "/api/poll?episode=" + encodeURIComponent(episode));
    line.clock.sample(asked, welcome.now);
    [welcome, whole, mine].filter(Boolean).forEach(dispatch);
    polls.up = true;
    polls.code = 0;
  } catch (error) {
    polls.up = false;
    polls.code = { not_found: 4404, not_signed_in: 4401, not_allowed: 4409 }[error.code] || 0;
  }
  polls.busy = false;
  polls.next = performance.now() + POLL_MS * (0.8 + 0.4 * Math.random());
  if (polls.code === 4401 || polls.code === 4409) turnedAway(polls.code);
}

// Another episode: come in again. A viewer's cookie may be old or lost: take a new one, once. All
// else is for people to mend.
function turnedAway(code) {
  const closed = line;
  line = null;
  if (closed) closed.close();
  if (code !== 4410 && (code !== 4401 || state.seat || renewed)) return setLine("stopped", code);
  renewed = code === 4401;
  polls.code = 0;
  start();
}

// --- coming in ---

async function start() {
  try {
    await enter();
  } catch (error) {
    const none = error.code === "not_found"; // no episode is on that work could be done for
    if (!error.retry && !none && !ANEW.includes(error.code)) return setLine("stopped", error.status);
    setLine("offline", none ? 4404 : 0);
    setTimeout(start, Math.max(error.retry_after_ms, none ? 5000 : 1000) * (1 + Math.random()));
  }
}

async function enter() {
  const session = await api("GET", "/api/session");
  const atSeat = location.pathname === "/seat";
  if (atSeat && location.hash) session.seat = await takeSeat(seatCode(location.hash), session.seat);
  // A seat of last week's episode does not keep a phone from watching today's.
  const elsewhere = !atSeat && session.seat && session.on && session.seat.episode !== session.on;
  if (elsewhere) session.seat = null;
  dispatch(Object.assign(session, { t: "session" }));
  if (state.problem) return;
  // A tablet without a seat must not turn into a viewer.
  if (atSeat && !session.seat) return dispatch({ t: "problem", code: "sign_in" });
  if (!session.seat && (!session.viewer || renewed)) await api("POST", "/api/viewer", session.work ? await work(session.on) : undefined);
  episode = session.seat ? session.seat.episode : elsewhere ? session.on : "";
  cutSince = performance.now();
  sent = null;
  line = openLine({
    channel: "voter",
    episode,
    slowest_ms: session.seat ? SEAT_SLOWEST_MS : undefined,
    onMessage: receive,
    onStatus(status) {
      if (status !== "offline") return watch();
      cutSince = performance.now();
      sent = null; // it may be lost with the line
      if (line.closeCode === 4410 && episode) turnedAway(4410); // it named the episode that was on
    },
  });
  stayAwake();
}

// What opens the episode for a viewer where that costs some computing; a worker does it.
async function work(on) {
  const challenge = await api("GET", "/api/challenge?episode=" + encodeURIComponent(on));
  setLine("checking", 0);
  const worker = new Worker("/static/vote/solve.js");
  const solution = await new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = () => reject({ retry: true, retry_after_ms: 5000 });
    worker.postMessage(challenge.parameters);
  });
  worker.terminate();
  return { episode: on, altcha: btoa(JSON.stringify({ challenge, solution })) };
}

// The seat that this tablet holds from now on; null and a problem where it may not.
async function takeSeat(code, held) {
  let problem = code ? "" : "bad_code";
  if (code) {
    await api("POST", "/api/seat", code).catch((error) => {
      if (error.retry) throw error;
      // The same code scanned again by the tablet that has used it is no problem.
      if (!held || held.seat !== code.seat || held.episode !== code.episode) problem = "code_used";
    });
  }
  // The code is worth a seat: it must not stay in the address bar or the history.
  history.replaceState(null, "", location.pathname + location.search);
  if (!problem) return { episode: code.episode, seat: code.seat };
  dispatch({ t: "problem", code: problem });
  return null;
}

// Only where the browser can and the page is on https; elsewhere the kiosk settings do it.
function stayAwake() {
  document.documentElement.className = state.seat ? "kiosk" : "";
  if (state.seat && navigator.wakeLock && !document.hidden) navigator.wakeLock.request("screen").catch(() => {});
}

async function speak() {
  markLang();
  await loadText();
  redraw();
}

$("lang").onclick = () => {
  setLang(lang() === "zh" ? "en" : "zh");
  speak();
};
document.addEventListener("visibilitychange", stayAwake);
document.addEventListener("contextmenu", (event) => state.seat && event.preventDefault());
// A second code scanned into the same page changes nothing but the fragment.
window.addEventListener("hashchange", () => location.reload());

state = apply(state, { t: "follow", on: followed() });
speak().then(() => {
  setInterval(() => {
    watch();
    if (!line) return;
    const run = nowOver(state, line.now());
    if (run) dispatch({ t: "over", run });
    page.tick(state, line.now());
  }, TICK_MS);
  return start();
});
