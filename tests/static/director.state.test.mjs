import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import {
  EMPTY, afterCurrent, apply, barred, bars, closingLeft, countdown, currentSegment, figureOf, goNext, health, may, nextSegment,
  onAir, otherMoves, panelRows, primary, rundown, runShown, seatMap, turnout, voidAsked,
} from "../../static/director/state.js";

const names = (zh, en = zh) => ({ zh, en });
const segment = (id, position) => ({ id, position, of: 3, unit: names(id), post: names(""), pledge: "" });
const MOVES = {
  armed: ["open", "void"], open: ["extend", "pause", "close", "void"], paused: ["resume", "close", "void"],
  closing: ["finish", "void"], closed: ["verify", "void"], verified: ["reveal", "void"], revealed: [], void: [],
};
const PANELS = [
  { id: "studio", name: names("现场"), admission: "seats", role: "counting", weight: 700 },
  { id: "online", name: names("场外"), admission: "viewers", role: "counting", weight: 300 },
];

const run = (phase, more = {}) => ({
  id: "r1", code: "R01", segment: "a", phase, moves: MOVES[phase], visibility: "live", verification: "person",
  opened_ms: 1000, deadline_ms: 61_000, left_ms: 0, closed_ms: 0, later_ms: 0, grace_ms: 2000, rules_hash: "h1",
  eligible: { studio: 200 }, panels: PANELS, result: null, void_asked_by: "", void_reason: "", ...more,
});

const view = (more = {}) => ({
  episode: { id: "e" }, segments: ["a", "b", "c"].map((id, i) => segment(id, i + 1)), current: "a", runs: [], seats: [],
  programme: [], rules_hash: "h1",
  rules: { panels: PANELS.map((p) => ({ id: p.id, estimator: { kind: "mean", trim_percent: 0 }, quorum: 1 })) }, ...more,
});

const YOU = { role: "staff", account: "director-1", roles: ["director"] };

// The console after hello, for an episode whose view is as given.
function consoleOf(more, you = YOU) {
  return [
    { t: "line", status: "online", code: 0, since: 0 },
    { t: "welcome", you, epoch: "e1" },
    { t: "state", epoch: "e1", rev: 7, view: view(more) },
  ].reduce(apply, EMPTY);
}

const withRun = (phase, more, you) => consoleOf({ runs: [run(phase, more)] }, you);
const result = (more = {}) => ({ figure: "80.8", level: "good", n: 188, N: 200, online: 12, panels: [], ...more });
const tally = (more = {}) => ({ t: "tally", run: "r1", size: 10, n: 5, N: 200, online: 3, live: null, ...more });

// --- messages ---

test("messages that are for others leave the state as it is", () => {
  const state = consoleOf();
  assert.equal(apply(state, { t: "pong", c: 1, now: 2 }), state);
  assert.equal(apply(state, { t: "done", id: "1", rev: 3 }), state);
});

test("a tally frame that is older than the last is passed over", () => {
  const newer = apply(withRun("open"), tally({ size: 10, n: 5 }));
  assert.equal(apply(newer, tally({ size: 9, n: 4 })), newer);
  assert.equal(turnout(apply(newer, tally({ size: 11, n: 6 })), run("open")).n, 6);
});

test("another epoch forgets the tallies of the one before", () => {
  const counted = apply(withRun("open"), tally());
  assert.deepEqual(apply(counted, { t: "welcome", you: YOU, epoch: "e2" }).tallies, {});
  assert.equal(apply(counted, { t: "welcome", you: YOU, epoch: "e1" }).tallies.r1.n, 5);
});

// --- the rundown ---

test("the next segment is the first after the current one without a run", () => {
  assert.equal(nextSegment(consoleOf()).id, "b");
  assert.equal(nextSegment(consoleOf({ runs: [run("revealed", { segment: "b" })] })).id, "c");
});

test("after the last segment the next one is whichever was passed over", () => {
  assert.equal(nextSegment(consoleOf({ current: "c" })).id, "a");
});

test("with everything scored there is no next segment", () => {
  const runs = ["a", "b", "c"].map((id, i) => run("revealed", { segment: id, id: "r" + i }));
  assert.equal(nextSegment(consoleOf({ runs })), null);
});

test("a segment whose only run is void still waits to be scored", () => {
  assert.equal(nextSegment(consoleOf({ runs: [run("void", { segment: "b" })] })).id, "b");
});

test("the director's mark comes first, the same mark again takes it back", () => {
  const marked = apply(consoleOf(), { t: "mark", segment: "c" });
  assert.equal(nextSegment(marked).id, "c");
  assert.equal(nextSegment(apply(marked, { t: "mark", segment: "c" })).id, "b");
});

test("a mark ends when its segment becomes the current one or leaves the rundown", () => {
  const marked = apply(consoleOf(), { t: "mark", segment: "c" });
  const became = apply(marked, { t: "state", epoch: "e1", rev: 8, view: view({ current: "c" }) });
  assert.equal(became.marked, "");
  const left = apply(marked, { t: "state", epoch: "e1", rev: 8, view: view({ segments: [segment("a", 1), segment("b", 2)] }) });
  assert.equal(left.marked, "");
});

test("the rundown marks current and next, and shows a figure once it is revealed", () => {
  const rows = rundown(consoleOf({ current: "b", runs: [run("revealed", { result: result() })] }));
  assert.deepEqual(rows.map((r) => [r.figure, r.current, r.next]), [["80.8", false, false], ["", true, false], ["", false, true]]);
});

test("a new segment after the current one goes before its follower, or last", () => {
  assert.equal(afterCurrent(consoleOf()), "b");
  assert.equal(afterCurrent(consoleOf({ current: "c" })), "");
  assert.equal(afterCurrent(consoleOf({ current: "", segments: [] })), "");
});

// --- the run and its moves ---

const PRIMARY = {
  armed: ["open", { run: "r1" }], open: ["close", { run: "r1" }], paused: ["close", { run: "r1" }],
  verified: ["reveal", { run: "r1" }], revealed: ["choose_segment", { segment: "b" }], void: ["arm", { segment: "a" }],
};

for (const [phase, order] of Object.entries(PRIMARY)) {
  test(`the primary action on a run that is ${phase} is ${order[0]}`, () => {
    const move = primary(withRun(phase));
    assert.deepEqual([move.order, move.off], [order, ""]);
  });
}

test("without a run the current segment is armed", () => {
  assert.deepEqual(primary(consoleOf()).order, ["arm", { segment: "a" }]);
});

test("an empty rundown says what is missing", () => {
  const move = primary(consoleOf({ segments: [], current: "" }));
  assert.deepEqual([move.order, move.off], [null, "no_segment"]);
});

test("while closing there is nothing to press", () => {
  assert.deepEqual([primary(withRun("closing")).order, primary(withRun("closing")).off], [null, "closing"]);
});

test("verifying waits for the verifier, unless this account is one", () => {
  assert.equal(primary(withRun("closed")).off, "waiting_verifier");
  const both = { ...YOU, roles: ["director", "verifier"] };
  assert.deepEqual(primary(withRun("closed", {}, both)).order, ["verify", { run: "r1" }]);
  assert.deepEqual(primary(withRun("closed", {}, { ...YOU, roles: ["verifier"] })).order, ["verify", { run: "r1" }]);
});

test("automatic verification is shown as such to everybody", () => {
  assert.equal(primary(withRun("closed", { verification: "automatic" })).off, "automatic");
  const both = { ...YOU, roles: ["director", "verifier"] };
  assert.equal(primary(withRun("closed", { verification: "automatic" }, both)).off, "automatic");
});

test("a run that somebody asked to void is not revealed", () => {
  assert.equal(primary(withRun("verified", { void_asked_by: "p" })).off, "void_asked");
});

test("a move that the table does not allow is not offered", () => {
  assert.equal(primary(withRun("armed", { moves: ["void"] })).off, "not_now");
});

test("with the line down no move is offered, whatever the phase", () => {
  const down = apply(withRun("open"), { t: "line", status: "offline", code: 1006, since: 5 });
  assert.equal(primary(down).off, "offline");
  assert.ok(otherMoves(down).every((move) => move.order === null));
  assert.equal(barred(down, "blank"), "offline");
});

test("who is no director cannot run the vote", () => {
  const state = withRun("open", {}, { ...YOU, roles: ["producer"] });
  assert.equal(primary(state).off, "read_only");
  assert.equal(goNext(consoleOf({}, { ...YOU, roles: ["producer"] })).off, "read_only");
  assert.equal(barred(state, "set_pledge"), "");
});

const others = (state) => otherMoves(state).filter((move) => !move.off).map((move) => move.id);

test("beside the primary stand the moves of the phase", () => {
  assert.deepEqual(others(consoleOf()), []);
  assert.deepEqual(others(withRun("armed")), ["void"]);
  assert.deepEqual(others(withRun("open")), ["extend", "pause", "void"]);
  assert.deepEqual(others(withRun("paused")), ["resume", "void"]);
  assert.deepEqual(others(withRun("closed")), ["rerun", "void"]);
  assert.deepEqual(others(withRun("revealed")), ["rerun", "correct"]);
});

test("what has no deadline cannot be extended", () => {
  assert.equal(otherMoves(withRun("open", { deadline_ms: 0 }))[0].off, "no_deadline");
});

test("a void is not asked for twice", () => {
  assert.equal(otherMoves(withRun("closed", { void_asked_by: "p" }))[3].off, "void_asked");
});

test("going on waits until the run under way is over", () => {
  assert.equal(goNext(withRun("open")).off, "run_under_way");
  assert.deepEqual(goNext(withRun("closed")).order, ["choose_segment", { segment: "b" }]);
});

test("the run shown is the one under way, else the one that stands, else the last void one", () => {
  const first = run("revealed");
  const voided = run("void", { id: "r2" });
  assert.equal(runShown(consoleOf({ runs: [first, voided] })).id, "r1");
  assert.equal(runShown(consoleOf({ runs: [voided] })).id, "r2");
  assert.equal(runShown(consoleOf({ runs: [first, run("open", { id: "r3", segment: "b" })] })).id, "r3");
  assert.equal(runShown(consoleOf()), null);
});

test("a request to void says who asked, and whether it was this account", () => {
  assert.equal(voidAsked(withRun("closed")), null);
  assert.equal(voidAsked(withRun("closed", { void_asked_by: "p" })).mine, false);
  assert.equal(voidAsked(withRun("closed", { void_asked_by: "director-1" })).mine, true);
  assert.equal(voidAsked(withRun("void", { void_asked_by: "p" })), null);
});

test("the clock follows the deadline and never goes below nothing", () => {
  assert.deepEqual(countdown(run("open"), 31_000), { kind: "left", ms: 30_000 });
  assert.deepEqual(countdown(run("open"), 99_000), { kind: "left", ms: 0 });
  assert.deepEqual(countdown(run("open", { deadline_ms: 0 }), 31_000), { kind: "elapsed", ms: 30_000 });
  assert.deepEqual(countdown(run("paused", { left_ms: 7000, deadline_ms: 0 }), 31_000), { kind: "stopped", ms: 7000 });
  assert.deepEqual(countdown(run("closing", { closed_ms: 30_000 }), 31_000), { kind: "grace", ms: 1000 });
  const later = run("closing", { closed_ms: 30_000, later_ms: 8000 });
  assert.deepEqual(countdown(later, 31_000), { kind: "viewers", ms: 7000 });
  assert.deepEqual(countdown(later, 39_000), { kind: "grace", ms: 1000 });
  assert.deepEqual(countdown(run("closed"), 31_000), { kind: "none", ms: 0 });
  assert.deepEqual(countdown(null, 31_000), { kind: "none", ms: 0 });
});

test("a run that closes says how long until something can be done, and until when viewers vote", () => {
  const closing = run("closing", { closed_ms: 60_000, later_ms: 6000, grace_ms: 2000 });
  assert.deepEqual(closingLeft(closing, 60_000), { seconds: 8, viewers_ms: 66_000 });
  assert.deepEqual(closingLeft(closing, 66_000), { seconds: 2, viewers_ms: 0 });
  assert.deepEqual(closingLeft(closing, 69_000), { seconds: 0, viewers_ms: 0 });
});

// --- figures ---

test("before the first tally turnout is nobody of all seats", () => {
  assert.deepEqual(turnout(withRun("open"), run("open")), { n: 0, N: 200, online: 0 });
});

test("a figure says whether it counts, waits or is final", () => {
  const live = (phase) => figureOf(apply(withRun(phase), tally({ live: result() })), run(phase));
  assert.deepEqual(live("open"), { kind: "counting", text: "80.8", level: "good" });
  assert.equal(live("closed").kind, "unrevealed");
  const sealed = run("revealed", { result: result({ figure: "81.0" }) });
  assert.deepEqual(figureOf(consoleOf({ runs: [sealed] }), sealed), { kind: "final", text: "81.0", level: "good" });
});

test("held shows no figure, open or closed, until it is revealed", () => {
  for (const phase of ["open", "closing", "closed", "verified"]) {
    const held = run(phase, { visibility: "held" });
    assert.deepEqual(figureOf(apply(consoleOf({ runs: [held] }), tally()), held), { kind: "held", text: "", level: null });
  }
  const sealed = run("revealed", { visibility: "held", result: result() });
  assert.equal(figureOf(consoleOf({ runs: [sealed] }), sealed).kind, "final");
});

test("without a ballot or a quorum there is no figure", () => {
  const state = apply(withRun("open"), tally({ live: result({ figure: "", level: null }) }));
  assert.equal(figureOf(state, run("open")).kind, "none");
  assert.equal(figureOf(withRun("armed"), run("armed")).kind, "none");
});

test("panels show their part while live, and turnout alone while held", () => {
  const part = { panel: "studio", n: 5, N: 200, figure: "79.0", quorum_met: true, counts: [[1, 5]] };
  const live = apply(withRun("open"), tally({ live: result({ panels: [part] }) }));
  assert.deepEqual(panelRows(live, run("open")).map((row) => [row.n, row.figure]), [[5, "79.0"], [3, ""]]);
  const held = apply(withRun("open", { visibility: "held" }), tally());
  const rows = panelRows(held, run("open", { visibility: "held" }));
  assert.deepEqual(rows.map((row) => [row.n, row.N, row.figure, row.counts]), [[5, 200, "", null], [3, 0, "", null]]);
});

test("turnout of one of several panels with seats is not known while held", () => {
  const panels = [...PANELS, { ...PANELS[0], id: "experts" }];
  const rows = panelRows(apply(withRun("open"), tally()), run("open", { panels }));
  assert.deepEqual(rows.map((row) => row.n), [null, 3, null]);
});

test("estimators are named only while the episode's rules are those of the run", () => {
  assert.equal(panelRows(withRun("open"), run("open"))[0].estimator.kind, "mean");
  assert.equal(panelRows(consoleOf({ rules_hash: "h2" }), run("open"))[0].estimator, null);
});

test("a long histogram is put into few bars without losing a ballot", () => {
  const counts = Array.from({ length: 101 }, (_, value) => [value, 1]);
  const found = bars(counts);
  assert.ok(found.length <= 20);
  assert.equal(found.reduce((total, bin) => total + bin.count, 0), 101);
  assert.deepEqual([found[0].low, found[found.length - 1].high], [0, 100]);
  assert.deepEqual(bars([[1, 4], [2, 5]]), [{ low: 1, high: 1, count: 4 }, { low: 2, high: 2, count: 5 }]);
});

// --- on air ---

test("what is on air and does not fit what is open is marked", () => {
  const graphic = (kind, id, phase) => ({ kind, segment: id ? segment(id, 1) : null, run: phase ? run(phase, { segment: id }) : null, result: null });
  const marks = (programme, runs = [run("open")]) => onAir(consoleOf({ programme, runs })).map((item) => item.mark);
  assert.deepEqual(marks([graphic("call", "a", "open"), graphic("bar", "a", "open"), graphic("board", "")]), ["", "", ""]);
  assert.deepEqual(marks([graphic("call", "a", "paused")], [run("paused")]), ["not_open"]);
  assert.deepEqual(marks([graphic("call", "a", null)], []), ["not_open"]);
  assert.deepEqual(marks([graphic("bar", "b", null)]), ["other_official"]);
  assert.deepEqual(marks([graphic("bar", "b", null)], [run("closed")]), [""]);
  assert.deepEqual(marks([graphic("result", "a", "closed")], [run("closed")]), ["no_result"]);
  const promised = (pledge) => ({ ...graphic("pledge", "a", "open"), segment: { id: "a", pledge } });
  assert.deepEqual(marks([promised("")]), ["no_pledge"]);
  assert.deepEqual(marks([promised("年底前完成")]), [""]);
});

// --- seats ---

const SEATS = ["A-1", "A-2", "B-1", "B-2"].map((label) => ({ label, block: label[0], joined: label !== "B-2" }));
const ops = (more = {}) => ({
  t: "ops", seats_online: 2, seats_voted: 1, missing: ["A-2", "B-1", "B-2"], absent: ["B-1", "B-2"], viewers: 9,
  overlays: [{ age_ms: 100, fps: 50 }], ack_p50_ms: 5, ack_p95_ms: 20, waiting: 0, rejects: {},
  store: { durability: "durable", reason: "", up: true, commit_p95_ms: 3 }, warnings: [], ...more,
});
const places = (state) => seatMap(state).flatMap((block) => block.seats.map((seat) => seat.place));

test("a seat has voted, is here, dropped off or never joined", () => {
  const state = apply(consoleOf({ seats: SEATS }), ops());
  assert.deepEqual(seatMap(state).map((block) => block.block), ["A", "B"]);
  assert.deepEqual(places(state), ["voted", "here", "away", "empty"]);
});

test("a seat that voted and dropped off has voted", () => {
  const state = apply(consoleOf({ seats: SEATS }), ops({ seats_online: 1, absent: ["A-1", "B-1", "B-2"] }));
  assert.equal(places(state)[0], "voted");
});

test("before the server has told, no seat is said to be anything", () => {
  assert.deepEqual(places(consoleOf({ seats: SEATS })), ["unknown", "unknown", "unknown", "unknown"]);
});

test("where the server cut its list short the rest is unknown, not voted", () => {
  const state = apply(consoleOf({ seats: SEATS }), ops({ missing: ["A-2"] }));
  assert.deepEqual(places(state), ["voted", "here", "unknown", "unknown"]);
});

test("an episode without seats has an empty map", () => {
  assert.deepEqual(seatMap(apply(consoleOf(), ops({ missing: [], absent: [] }))), []);
});

// --- health ---

const levels = (more) => Object.fromEntries(health(apply(consoleOf(), ops(more))).map((item) => [item.id, item.level]));

test("health is quiet when all is well, also with late ballots", () => {
  assert.ok(Object.values(levels({ rejects: { late: 12, not_open: 1 } })).every((level) => level === ""));
  assert.deepEqual(health(consoleOf()), []);
});

test("a store that may lose votes is loud, an unknown one is worth a look", () => {
  const store = (more) => levels({ store: { ...ops().store, ...more } }).store;
  assert.deepEqual([store({ durability: "not_durable" }), store({ durability: "unknown" }), store({ up: false })], ["poor", "mid", "poor"]);
});

test("slow receipts, odd refusals and silent overlays stand out", () => {
  assert.equal(levels({ ack_p95_ms: 300 }).ack, "mid");
  assert.equal(levels({ ack_p95_ms: 1500 }).ack, "poor");
  assert.equal(levels({ rejects: { bad_value: 1 } }).rejects, "mid");
  assert.equal(levels({ overlays: [] }).overlays, "mid");
  assert.equal(levels({ overlays: [{ age_ms: 100, fps: 50 }, { age_ms: 12_000, fps: 50 }] }).overlays, "poor");
  assert.equal(levels({ overlays: [{ age_ms: 100, fps: 9 }] }).overlays, "mid");
  assert.equal(levels({ overlays: [{ age_ms: 100, fps: 50 }, { age_ms: 100, fps: 0 }] }).overlays, "poor");
});

// --- the pledge ---

// --- against the server's own tables ---

const python = (name) => readFileSync(new URL(`../../livevote/${name}.py`, import.meta.url), "utf8");

test("the phases of these tests allow the moves of the server's table", () => {
  const table = {};
  for (const [, from, move] of python("core/phase").matchAll(/\(Phase\.(\w+), Move\.(\w+)\): Phase/g)) {
    (table[from.toLowerCase()] ||= []).push(move.toLowerCase());
  }
  for (const [phase, moves] of Object.entries(MOVES)) assert.deepEqual([...moves].sort(), [...(table[phase] || [])].sort());
});

test("the console offers each command to the roles that the server lets give it", () => {
  const source = python("hub/roles");
  const sets = { _DIRECTS: ["director"], _PRODUCES: ["producer"], _BOTH: ["director", "producer"] };
  const rolesOf = (text) => sets[text] || (text.includes("STAFF") ? ["director", "producer", "verifier"] : ["verifier"]);
  const given = ["insert_segment", "set_pledge", "reissue_seat", "choose_segment", "arm", "open", "extend", "pause", "resume", "close",
    "verify", "reveal", "ask_void", "drop_void", "confirm_void", "cue", "take", "out", "blank", "restore"];
  const table = {};
  for (const [, name, roles] of source.matchAll(/cmd\.(\w+): (.+),\n/g)) {
    table[name.replace(/(?!^)([A-Z])/g, "_$1").toLowerCase()] = rolesOf(roles);
  }
  for (const name of given) {
    for (const role of ["director", "producer", "verifier"]) {
      assert.equal(may({ you: { roles: [role] } }, name), table[name].includes(role), `${name} for ${role}`);
    }
  }
});

test("nobody may do anything before the server has said who this is", () => {
  assert.equal(may(EMPTY, "open"), false);
  assert.equal(currentSegment(consoleOf()).id, "a");
});
