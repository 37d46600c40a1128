// What a voter's page knows, and how it changes: state = apply(state, input).
// No DOM, no clock, no network. Inputs are the server's messages as they are, and the page's own:
//   session {seat, secure, durability}   line {status, code}   problem {code}
//   pick {value}   send   kept {ballot}   retry {run, seq}   follow {on}   over {run}

export const START = {
  seat: "", // label, "" for a viewer
  secure: true,
  durability: "",
  line: "connecting", // or checking, online, polling, offline, stopped
  code: 0, // the last close code
  problem: "", // why this device cannot take its seat
  epoch: "",
  rev: 0,
  view: null,
  mine: null, // the counted ballot {run, seq, value, index, receipt}; seq 0 is none
  pending: null, // not yet answered {run, seq, value, why, hold}
  draft: null, // a value chosen but not sent
  on: "", // the channel on which this viewer follows the show, "" where they did not say
  over: "", // the closing run in which this viewer's own time is over
  refusal: null, // the last ballot that was not counted {run, value, code}
};

export function apply(state, input) {
  const step = STEPS[input.t];
  return step ? Object.assign({}, state, step(state, input)) : state;
}

const STEPS = {
  session: (state, { seat, secure, durability }) => ({ seat: seat ? seat.seat : "", secure, durability }),
  line: (state, { status, code }) => ({ line: status, code }),
  problem: (state, { code }) => ({ problem: code }),
  follow: (state, { on }) => ({ on, over: "" }),
  over: (state, { run }) => ({ over: run }),
  welcome: (state, { you, durability = state.durability }) => ({ seat: you.seat || "", durability }),

  state(state, { epoch, rev, view }) {
    // WebSocket and HTTP may overtake each other. Another episode counts its own.
    const same = epoch === state.epoch && state.view && state.view.episode.id === view.episode.id;
    if (same && rev < state.rev) return {};
    const change = { epoch, rev, view };
    if (!isShown(view.run, state)) change.draft = change.refusal = null;
    return change;
  },

  mine(state, mine) {
    const pending = state.pending;
    if (!pending || pending.run !== mine.run || pending.seq > mine.seq) return { mine };
    // The answer was lost with the connection, or another page of this voter was faster.
    const same = pending.seq === mine.seq && pending.value === mine.value;
    return { mine, pending: null, refusal: same ? null : refused(pending, "seq_stale") };
  },

  counted(state, mine) {
    const change = answers(mine, state) ? { pending: null, refusal: null } : {};
    // An answer may be about a run that is no longer shown, or be overtaken by a later one.
    if (isShown({ id: mine.run }, state) && mine.seq >= lastSeq(state)) change.mine = mine;
    return change;
  },

  not_counted(state, message) {
    if (!answers(message, state)) return {};
    if (message.retry) return { pending: Object.assign({}, state.pending, { why: message.code, hold: true }) };
    return { pending: null, refusal: refused(state.pending, message.code) };
  },

  // `why` stays: what the voter reads must not flicker with every attempt.
  retry(state, ballot) {
    return answers(ballot, state) ? { pending: Object.assign({}, state.pending, { hold: false }) } : {};
  },

  // A ballot from before the page was loaded again goes out as it was, same seq.
  kept(state, { ballot }) {
    if (state.pending || ballot.seq <= lastSeq(state)) return {};
    return ballot.code ? { refusal: ballot } : { pending: Object.assign(ballot, { hold: false }) };
  },

  pick(state, { value }) {
    if (!mayChoose(state)) return {};
    return byOneTap(state) ? cast(state, value) : { draft: value };
  },

  send: (state) => (maySend(state) ? cast(state, state.draft) : {}),
};

const answers = (message, { pending }) => pending && pending.run === message.run && pending.seq === message.seq;
const refused = ({ run, value }, code) => ({ run, value, code });

// A new choice takes the next sequence number; the same choice again is no new ballot.
function cast(state, value) {
  if (value === given(state)) return {};
  const ballot = pendingBallot(state);
  const seq = 1 + (ballot ? ballot.seq : lastSeq(state));
  return { draft: null, refusal: null, pending: { run: state.view.run.id, seq, value, why: "", hold: false } };
}

// --- what follows from a state ---

const isShown = (run, { view }) => Boolean(run && view && view.run && view.run.id === run.id);
const ofShown = (ballot, state) => (ballot && isShown({ id: ballot.run }, state) ? ballot : null);
const panelIn = ({ run, panel }) => (run && run.panels.find((p) => p.id === panel && p.role !== "off")) || null;
const lastSeq = (state) => (countedBallot(state) || { seq: 0 }).seq;

// The ballot of the shown run that is in the log; that waits for an answer; or null.
export const countedBallot = (state) => ofShown(state.mine && state.mine.seq ? state.mine : null, state);
export const pendingBallot = (state) => ofShown(state.pending, state);

// The panel in which this voter's ballot goes, or null.
export const panelOf = ({ view }) => panelIn(view);

// How much later than the studio this voter has the show: by their channel, else by the longest
// delay, which is the server's own end for viewers.
export function later(state) {
  const panel = panelOf(state);
  if (!panel || panel.admission !== "viewers") return 0;
  const { run, channels } = state.view;
  const channel = channels.find(({ id }) => id === state.on);
  return channel ? Math.min(channel.delay_ms, run.later_ms) : run.later_ms;
}

// When this voter's time is over, by the server's clock; 0 where nobody knows yet.
export function end(state) {
  const { closed_ms, deadline_ms } = state.view.run;
  const studio = closed_ms || deadline_ms;
  return studio && studio + later(state);
}

// Where the run stands for this voter: what closes in the studio goes on for whoever has it later.
function phaseOf(state) {
  const { id, phase } = state.view.run;
  return phase === "closing" && later(state) && state.over !== id ? "open" : phase;
}

// The run that is over for this voter and that the page still shows as open; "" where none is.
export function nowOver(state, now) {
  const { run } = state.view || {};
  return run && run.phase === "closing" && phaseOf(state) === "open" && now >= end(state) ? run.id : "";
}

// The value that the server has or will get, else null.
function given(state) {
  const ballot = pendingBallot(state) || countedBallot(state);
  return ballot ? ballot.value : null;
}

// The value that the scale shows as chosen, else null: there is no default.
export const chosen = (state) => (state.draft === null ? given(state) : state.draft);

export function mayChoose(state) {
  const { run } = state.view;
  const open = run && phaseOf(state) === "open" && panelOf(state) && state.line !== "stopped";
  return Boolean(open && (run.change_allowed || given(state) === null));
}

// Many values need aiming and a final choice needs care: those are sent with a key of their own.
export const byOneTap = ({ view: { run } }) => run.change_allowed && run.scale.buckets.length <= 11;

export const maySend = (state) => mayChoose(state) && state.draft !== null && state.draft !== given(state);

// Whether the pending ballot should go out now.
export function sendable({ pending, view }) {
  const paused = view && view.run && view.run.phase === "paused" && view.run.id === pending.run;
  return !pending.hold && !paused;
}

// Which of the page's pictures is shown.
export function stage(state) {
  const { problem, line, code, view, seat } = state;
  if (problem) return problem;
  if (line === "stopped") return (seat && { 4409: "displaced", 4401: "sign_in" }[code]) || "stopped";
  if (line === "checking") return line;
  if (line === "offline" && code === 4404) return "none";
  if (!view) return line === "offline" ? "offline" : "connecting";
  return view.run ? phaseOf(state) : "waiting";
}

// Where the voter's own ballot stands: {kind, ballot, refusal}. kind: outside (no panel takes it),
// kept (no line), sending, again (was put off), counted, refused, choose (not yet), none (did not vote).
export function ballotState(state) {
  const pending = pendingBallot(state);
  const counted = countedBallot(state);
  const { refusal } = state;
  if (!panelOf(state)) return { kind: "outside" };
  if (pending) return { kind: state.line === "offline" ? "kept" : pending.why ? "again" : "sending", ballot: pending };
  if (counted) return { kind: "counted", ballot: counted, refusal };
  if (refusal) return { kind: "refused", ballot: refusal, refusal };
  return { kind: ["open", "paused"].includes(phaseOf(state)) ? "choose" : "none" };
}

// Milliseconds until this voter's end by the server's clock; null where none is running.
export function left(state, now) {
  const { run } = state.view || {};
  if (!run) return null;
  if (run.phase === "paused") return run.left_ms ? run.left_ms + later(state) : null;
  return phaseOf(state) === "open" && end(state) ? Math.max(end(state) - now, 0) : null;
}

// "1:05": whole seconds, the last one shown until it is over.
export function clockText(ms) {
  const seconds = Math.ceil(ms / 1000);
  return Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
}

// As it is read out: 7K3M-Q9TX-2B4C.
// The counted ballot as the receipt page reads it: episode.run.index.receipt; "" without a receipt.
export function proofPath(state) {
  const { index, receipt } = countedBallot(state) || {};
  return index && receipt ? [state.view.episode.id, state.view.run.id, index, receipt].join(".") : "";
}

export const receiptText = (receipt) => receipt.match(/.{1,4}/g).join("-");

// The name of a figure's band, by the rounded figure that people see.
export const bandOf = (run, figure) => run.bands.find((band) => Number(figure) >= band.floor) || {};

// The seat code in a QR link's fragment, "#episode.seat.generation.code"; null where it is not one.
export function seatCode(hash) {
  const parts = hash.slice(1).split(".");
  try {
    const [episode, seat, generation, code] = parts.map(decodeURIComponent);
    if (parts.length === 4 && episode && seat && code && /^\d+$/.test(generation)) return { episode, seat, generation: Number(generation), code };
  } catch (e) { /* not percent-encoding */ }
  return null;
}
