// What the console knows, and what follows from it. Pure: no page, no clock, no words.

import { drawingOf, hasStopped } from "../shared/overlays.js";

export const EMPTY = {
  view: null, // the newest state's, whole
  rev: 0,
  epoch: "",
  you: null,
  tallies: {}, // run id → its newest tally frame
  ops: null,
  marked: "", // the segment the director picked as next; "" follows the rundown
  line: { status: "connecting", code: 0, since: 0 },
};

// The state after one more message: the server's own, and the page's `line` and `mark`.
export function apply(state, message) {
  const step = STEPS[message.t];
  return step ? step(state, message) : state;
}

const STEPS = {
  welcome: (state, m) => ({
    ...state,
    you: m.you,
    tallies: m.epoch === state.epoch ? state.tallies : {},
    epoch: m.epoch,
  }),
  state: (state, m) => {
    const left = m.view.segments.some((s) => s.id === state.marked) && state.marked !== m.view.current;
    return { ...state, view: m.view, rev: m.rev, epoch: m.epoch, marked: left ? state.marked : "" };
  },
  tally: (state, m) => {
    const known = state.tallies[m.run];
    if (known && m.size < known.size) return state;
    return { ...state, tallies: { ...state.tallies, [m.run]: m } };
  },
  ops: (state, m) => ({ ...state, ops: m }),
  line: (state, m) => ({ ...state, line: { status: m.status, code: m.code, since: m.since } }),
  mark: (state, m) => ({ ...state, marked: m.segment === state.marked ? "" : m.segment }),
};

// --- who looks ---

// Who may give which command; the server refuses all others. What is not listed is the director's.
const STAFF = ["director", "producer", "verifier"];
const BOTH = ["director", "producer"];
const MAY = {
  insert_segment: BOTH, set_pledge: BOTH, look_back_on: BOTH, reissue_seat: BOTH, ask_void: BOTH, drop_void: BOTH,
  ask_correction: BOTH, drop_correction: BOTH, confirm_correction: STAFF,
  confirm_void: STAFF, verify: ["verifier"],
};

export const may = (state, command) =>
  Boolean(state.you) && (MAY[command] || ["director"]).some((role) => state.you.roles.includes(role));

// Why a command cannot be given just now, whatever the phase: `offline`, `read_only` or "".
export const barred = (state, command) =>
  state.line.status !== "online" ? "offline" : may(state, command) ? "" : "read_only";

// --- the rundown ---

export const segmentOf = (state, id) => state.view.segments.find((s) => s.id === id) || null;
export const currentSegment = (state) => segmentOf(state, state.view.current);
export const runsOf = (state, segment) => state.view.runs.filter((r) => r.segment === segment);

// The run that stands for a segment: its latest that is not void.
export const standingRun = (state, segment) =>
  runsOf(state, segment).filter((r) => r.phase !== "void").pop() || null;

const UNDER_WAY = ["armed", "open", "paused", "closing"];
export const runUnderWay = (state) => state.view.runs.find((r) => UNDER_WAY.includes(r.phase)) || null;

// What the console is about: the run under way, else the current segment's, else its last void one.
export function runShown(state) {
  const current = state.view.current;
  return runUnderWay(state) || standingRun(state, current) || runsOf(state, current).pop() || null;
}

// The marked segment, else the first after the current one that has no run yet, else the first
// of all without one.
export function nextSegment(state) {
  if (state.marked) return segmentOf(state, state.marked);
  const { segments, current } = state.view;
  const waiting = segments.filter((s) => s.id !== current && !standingRun(state, s.id));
  const at = segments.findIndex((s) => s.id === current);
  return waiting.find((s) => segments.indexOf(s) > at) || waiting[0] || null;
}

export function rundown(state) {
  const next = nextSegment(state);
  return state.view.segments.map((segment) => {
    const run = standingRun(state, segment.id) || runsOf(state, segment.id).pop() || null;
    return {
      segment,
      run,
      figure: run && run.result ? run.result.figure : "",
      current: segment.id === state.view.current,
      next: Boolean(next) && next.id === segment.id,
    };
  });
}

// Where a new segment goes so that it follows the current one: the id it goes before, "" is last.
export function afterCurrent(state) {
  const { segments, current } = state.view;
  const following = segments[segments.findIndex((s) => s.id === current) + 1];
  return current && following ? following.id : "";
}

// --- the moves ---

const PRIMARY = { armed: "open", open: "close", paused: "close", closed: "verify", verified: "reveal" };

// The one thing to do now: {id, order: [name, args] or null, off: why it cannot be done, or ""}.
export function primary(state) {
  const segment = currentSegment(state);
  if (!segment) return move(state, "arm", null, "no_segment");
  const run = runShown(state);
  if (!run || run.phase === "void") return move(state, "arm", ["arm", { segment: segment.id }]);
  if (run.phase === "closing") return move(state, "closing", null, "closing");
  if (run.phase === "revealed") return goNext(state);
  const id = PRIMARY[run.phase];
  return move(state, id, [id, { run: run.id }], stopped(state, run, id));
}

// off: what the phase says against it. Verifying is somebody else's part on most nights: who may
// not do it waits for whoever may.
function move(state, id, order, off = "") {
  const bar = order ? barred(state, order[0]) : "";
  const role = bar && id === "verify" ? "waiting_verifier" : bar;
  const why = bar === "offline" ? bar : off || role;
  return { id, order: why ? null : order, off: why };
}

function stopped(state, run, id) {
  if (!run.moves.includes(id)) return "not_now";
  if (id === "verify" && run.verification === "automatic") return "automatic";
  if (id === "reveal" && run.void_asked_by) return "void_asked";
  return "";
}

// To the next segment; possible whenever no run is under way.
export function goNext(state) {
  const next = nextSegment(state);
  const busy = runUnderWay(state);
  const off = busy ? "run_under_way" : next ? "" : "no_next";
  return move(state, "next", next && ["choose_segment", { segment: next.id }], off);
}

// Beside the primary: always the same four places, so that the hand finds them.
export function otherMoves(state) {
  const run = runShown(state);
  const of = (id, off, name = id) => move(state, id, run && [name, { run: run.id }], off);
  const unless = (id) => (run && run.moves.includes(id) ? "" : "not_now");
  const turn = run && run.phase === "paused" ? "resume" : "pause";
  return [
    of("extend", unless("extend") || (run.deadline_ms ? "" : "no_deadline")),
    of(turn, unless(turn)),
    of("rerun", run && REPEATABLE.includes(run.phase) ? "" : "not_now", "arm"),
    run && run.phase === "revealed"
      ? of("correct", run.correction ? "correction_asked" : "", "ask_correction")
      : of("void", unless("void") || (run.void_asked_by ? "void_asked" : ""), "ask_void"),
  ];
}

const REPEATABLE = ["closed", "verified", "revealed"];

// Somebody asked to void the run that is shown: {run, by, reason, mine}; null otherwise.
export function voidAsked(state) {
  const run = runShown(state);
  if (!run || !run.void_asked_by || ["void", "revealed"].includes(run.phase)) return null;
  const mine = Boolean(state.you) && state.you.account === run.void_asked_by;
  return { run, by: run.void_asked_by, reason: run.void_reason, mine };
}

// Somebody asked to correct the revealed run that is shown: {run, by, text, reason, mine}; else null.
export function correctionAsked(state) {
  const run = runShown(state);
  if (!run || !run.correction) return null;
  const { asked_by: by, text, reason } = run.correction;
  return { run, by, text, reason, mine: Boolean(state.you) && state.you.account === by };
}

// --- the run ---

// What its clock shows at `now` by the server's clock: kind and milliseconds.
export function countdown(run, now) {
  if (!run) return { kind: "none", ms: 0 };
  const { phase, deadline_ms, left_ms } = run;
  if (phase === "open" && deadline_ms) return { kind: "left", ms: Math.max(deadline_ms - now, 0) };
  if (phase === "open") return { kind: "elapsed", ms: Math.max(now - run.opened_ms, 0) };
  if (phase === "paused" && left_ms) return { kind: "stopped", ms: left_ms };
  const viewers_ms = run.closed_ms + run.later_ms;
  if (phase === "closing" && now < viewers_ms) return { kind: "viewers", ms: viewers_ms - now };
  if (phase === "closing") return { kind: "grace", ms: Math.max(viewers_ms + run.grace_ms - now, 0) };
  return { kind: "none", ms: 0 };
}

// Of a run that is closing: seconds until it is closed, and until when viewers vote, 0 once they are
// closed too.
export function closingLeft(run, now) {
  const viewers_ms = run.closed_ms + run.later_ms;
  const seconds = Math.max(0, Math.ceil((viewers_ms + run.grace_ms - now) / 1000));
  return { seconds, viewers_ms: now < viewers_ms ? viewers_ms : 0 };
}

const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

export function turnout(state, run) {
  const told = run.result || state.tallies[run.id];
  if (told) return { n: told.n, N: told.N, online: told.online };
  return { n: 0, N: sum(Object.values(run.eligible)), online: 0 };
}

const counts = (state, run) => run.result || (state.tallies[run.id] || {}).live || null;

// The run's figure: kind `final`, `held`, `counting` (open), `unrevealed` (closed) or `none` (no
// ballot yet, or no panel at its quorum). Text is the server's, never computed here.
export function figureOf(state, run) {
  if (run.phase === "armed") return { kind: "none", text: "", level: null };
  const told = counts(state, run);
  if (!told && run.visibility === "held") return { kind: "held", text: "", level: null };
  if (!told || !told.figure) return { kind: "none", text: "", level: null };
  const over = REPEATABLE.includes(run.phase) || run.phase === "void";
  return { kind: run.result ? "final" : over ? "unrevealed" : "counting", text: told.figure, level: told.level };
}

// One row per panel of the run, with what is known of it. While held only turnout is.
export function panelRows(state, run) {
  const told = counts(state, run);
  const rules = state.view.rules_hash === run.rules_hash ? state.view.rules : null;
  return run.panels.map((panel) => {
    const part = told && told.panels.find((p) => p.panel === panel.id);
    const published = rules && rules.panels.find((p) => p.id === panel.id);
    return {
      ...panel,
      estimator: published ? published.estimator : null,
      quorum: published ? published.quorum : 0,
      n: part ? part.n : turnoutOf(state, run, panel),
      N: run.eligible[panel.id] || 0,
      figure: part ? part.figure : "",
      quorum_met: part ? part.quorum_met : true,
      counts: part ? part.counts : null,
    };
  });
}

// Turnout is told for all seats together and for viewers; a panel that is not alone has none.
function turnoutOf(state, run, panel) {
  const alike = run.panels.filter((p) => p.admission === panel.admission);
  if (alike.length > 1) return null;
  const { n, online } = turnout(state, run);
  return panel.admission === "viewers" ? online : n;
}

// A panel's counts as at most `limit` bars, lowest value first: [{low, high, count}].
export function bars(rows, limit = 20) {
  const width = Math.ceil(rows.length / limit);
  const bins = [];
  for (let i = 0; i < rows.length; i += width) {
    const part = rows.slice(i, i + width);
    bins.push({ low: part[0][0], high: part[part.length - 1][0], count: sum(part.map((row) => row[1])) });
  }
  return bins;
}

// --- the graphics ---

// What is on air, each with what does not fit: `not_open`, `other_official`, `no_result`, `no_pledge` or "".
export function onAir(state) {
  const run = runUnderWay(state);
  return state.view.programme.map((graphic) => ({ graphic, mark: misfit(graphic, run) }));
}

function misfit(graphic, run) {
  const { kind, segment } = graphic;
  if (kind === "call" && (!graphic.run || graphic.run.phase !== "open")) return "not_open";
  if (run && segment && segment.id !== run.segment) return "other_official";
  if (kind === "pledge" && segment && !segment.pledge) return "no_pledge";
  return kind === "result" && !graphic.result ? "no_result" : "";
}

// --- the seats ---

// Blocks of seats, each seat `voted`, `here`, `away` (its tablet dropped) or `empty` (never
// joined); `unknown` until the server has told.
export function seatMap(state) {
  const { ops, view } = state;
  const away = new Set(ops ? ops.absent : []);
  const missing = new Set(ops ? ops.missing : []);
  const told = ops ? [toldOf(view.seats, missing, ops.seats_voted), toldOf(view.seats, away, ops.seats_online)] : [];
  const place = (seat, i) => {
    if (!ops || told.some((count) => i >= count)) return "unknown";
    if (!missing.has(seat.label)) return "voted";
    if (!away.has(seat.label)) return "here";
    return seat.joined ? "away" : "empty";
  };
  const blocks = new Map();
  view.seats.forEach((seat, i) => {
    if (!blocks.has(seat.block)) blocks.set(seat.block, []);
    blocks.get(seat.block).push({ label: seat.label, place: place(seat, i) });
  });
  return Array.from(blocks, ([block, seats]) => ({ block, seats }));
}

// The server may cut a long list short: only seats up to the last one listed are known then.
function toldOf(seats, listed, others) {
  if (listed.size + others >= seats.length) return seats.length;
  const last = Array.from(listed).pop();
  return seats.findIndex((seat) => seat.label === last) + 1;
}

// --- health ---

const WORRY_MS = { ack: [250, 1000], commit: [100, 500] };
const grade = (value, [mid, poor]) => (value >= poor ? "poor" : value >= mid ? "mid" : "");
const STORE = { durable: "", unknown: "mid", not_durable: "poor" };

// Refusals that every good show has: a ballot after close, a second tap.
const USUAL = ["late", "not_open", "paused", "seq_stale", "final"];

// The line at the foot: [{id, level: "" | "mid" | "poor", …facts}], always in this order.
export function health(state) {
  const { ops } = state;
  if (!ops) return [];
  const rejects = Object.entries(ops.rejects).filter(([, count]) => count);
  const odd = rejects.some(([code]) => !USUAL.includes(code));
  return [
    { id: "ack", level: grade(ops.ack_p95_ms, WORRY_MS.ack), p50: ops.ack_p50_ms, p95: ops.ack_p95_ms },
    { id: "waiting", level: ops.waiting >= 500 ? "mid" : "", count: ops.waiting },
    { id: "rejects", level: odd ? "mid" : "", rejects },
    { id: "store", level: ops.store.up ? STORE[ops.store.durability] : "poor", ...ops.store },
    { id: "commit", level: grade(ops.store.commit_p95_ms, WORRY_MS.commit), p95: ops.store.commit_p95_ms },
    { id: "overlays", level: overlaysLevel(ops.overlays), overlays: ops.overlays },
    { id: "viewers", level: "", count: ops.viewers },
  ];
}

function overlaysLevel(overlays) {
  if (overlays.some(hasStopped)) return "poor";
  return !overlays.length || overlays.some((one) => drawingOf(one) === "slow") ? "mid" : "";
}
