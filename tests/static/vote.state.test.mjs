import assert from "node:assert/strict";
import test from "node:test";
import {
  START, apply, ballotState, bandOf, byOneTap, chosen, clockText, countedBallot, end, later, left, nowOver, maySend, mayChoose, panelOf,
  pendingBallot, proofPath, receiptText, seatCode, sendable, stage,
} from "../../static/vote/state.js";

const BANDS = [{ floor: 80, level: "good", name: "g" }, { floor: 60, level: "mid", name: "m" }, { floor: -1000, level: "poor", name: "p" }];
const PANELS = [
  { id: "studio", name: { zh: "现场", en: "Studio" }, admission: "seats", role: "counting" },
  { id: "silent", name: { zh: "静", en: "Silent" }, admission: "seats", role: "off" },
];
const buckets = (count) => Array.from({ length: count }, (_, value) => ({ value }));
const run = (changes) => ({
  id: "r1", phase: "open", change_allowed: true, deadline_ms: 0, left_ms: 0, closed_ms: 0, later_ms: 0, panels: PANELS, bands: BANDS,
  scale: { kind: "numbers", buckets: buckets(11) }, ...changes,
});
const state = (run, rest) => ({ t: "state", epoch: "e", rev: 1, view: { episode: { id: "E1" }, segment: null, run, result: null, panel: "studio", channels: [] }, ...rest });
const counted = (seq, value, rest) => ({ t: "counted", run: "r1", seq, value, receipt: "7K3MQ9TX2B4C", ...rest });
const notCounted = (seq, code, retry = false) => ({ t: "not_counted", run: "r1", seq, code, retry });
const pick = (value) => ({ t: "pick", value });
const after = (...inputs) => inputs.reduce(apply, START);
const seqAndValue = (ballot) => ballot && [ballot.run, ballot.seq, ballot.value];

test("nothing is chosen at first", () => {
  const now = after(state(run()));
  assert.equal(chosen(now), null);
  assert.equal(now.pending, null);
  assert.equal(ballotState(now).kind, "choose");
});

test("one tap sends where a mistake can be mended and there are few keys", () => {
  assert.deepEqual(seqAndValue(after(state(run()), pick(7)).pending), ["r1", 1, 7]);
});

test("a final choice and a long scale wait for the send key", () => {
  for (const slow of [run({ change_allowed: false }), run({ scale: { kind: "numbers", buckets: buckets(12) } })]) {
    const drafted = after(state(slow), pick(7));
    assert.equal(byOneTap(drafted), false);
    assert.equal(drafted.pending, null);
    assert.equal(chosen(drafted), 7);
    assert.equal(maySend(drafted), true);
    assert.deepEqual(seqAndValue(apply(drafted, { t: "send" }).pending), ["r1", 1, 7]);
  }
});

test("the send key sends nothing where nothing is chosen or a typed number is off the scale", () => {
  const long = run({ scale: { kind: "numbers", buckets: buckets(101) } });
  assert.equal(after(state(long), { t: "send" }).pending, null);
  assert.equal(after(state(long), pick(50), pick(null), { t: "send" }).pending, null);
});

test("while the page works for its cookie it says so, also where an episode was shown before", () => {
  const checking = { t: "line", status: "checking", code: 0 };
  assert.equal(stage(after(checking)), "checking");
  assert.equal(stage(after(state(run()), checking)), "checking");
  assert.equal(stage(after(state(run()), checking, { t: "line", status: "online", code: 0 })), "open");
});

test("a ballot is counted only by the answer", () => {
  const sending = after(state(run()), pick(7));
  assert.equal(ballotState(sending).kind, "sending");
  assert.equal(countedBallot(sending), null);
  const done = apply(sending, counted(1, 7));
  assert.equal(ballotState(done).kind, "counted");
  assert.equal(done.pending, null);
});

test("a change of mind takes the next sequence number, also before the first answer", () => {
  assert.deepEqual(seqAndValue(after(state(run()), pick(7), counted(1, 7), pick(8)).pending), ["r1", 2, 8]);
  assert.deepEqual(seqAndValue(after(state(run()), pick(7), pick(8)).pending), ["r1", 2, 8]);
});

test("the numbers go on from what the server has of this voter", () => {
  const mine = { t: "mine", run: "r1", seq: 4, value: 2, receipt: "" };
  assert.deepEqual(seqAndValue(after(state(run()), mine, pick(8)).pending), ["r1", 5, 8]);
  assert.deepEqual(seqAndValue(after(mine, state(run()), pick(8)).pending), ["r1", 5, 8]);
});

test("the same choice again is no new ballot", () => {
  assert.equal(after(state(run()), pick(7), counted(1, 7), pick(7)).pending, null);
  assert.equal(after(state(run()), pick(7), pick(7)).pending.seq, 1);
});

test("the answer to the first of two choices leaves the second one pending", () => {
  const now = after(state(run()), pick(7), pick(8), counted(1, 7));
  assert.deepEqual(seqAndValue(now.pending), ["r1", 2, 8]);
  assert.equal(countedBallot(now).value, 7);
  assert.equal(chosen(now), 8);
});

test("a late answer to an old ballot does not take the newer one's place", () => {
  assert.equal(countedBallot(after(state(run()), pick(7), pick(8), counted(2, 8), counted(1, 7))).value, 8);
});

test("an answer about another run changes nothing that is shown", () => {
  assert.equal(countedBallot(after(state(run()), counted(1, 7, { run: "r0" }))), null);
});

test("a final choice cannot be chosen again, neither while it is sent nor after", () => {
  const sent = after(state(run({ change_allowed: false })), pick(7), { t: "send" });
  assert.equal(mayChoose(sent), false);
  assert.equal(mayChoose(apply(sent, counted(1, 7))), false);
  assert.equal(mayChoose(apply(sent, notCounted(1, "bad_value"))), true);
});

test("nobody chooses outside the open phase, without a panel, or in one that is off", () => {
  for (const phase of ["armed", "paused", "closing", "closed", "verified", "revealed", "void"]) {
    const now = after(state(run({ phase })), pick(7));
    assert.equal(now.pending, null, phase);
    assert.equal(chosen(now), null, phase);
  }
  for (const panel of ["", "silent", "other"]) {
    const now = after(state(run(), { view: { episode: {}, run: run(), panel } }), pick(7));
    assert.equal(panelOf(now), null);
    assert.equal(now.pending, null);
    assert.equal(ballotState(now).kind, "outside");
  }
});

test("a tap between two states does not fall over", () => {
  assert.equal(after(state(null), pick(7)).pending, null);
});

test("busy keeps the ballot, holds it until the retry, and says why without flicker", () => {
  const busy = after(state(run()), pick(7), notCounted(1, "busy", true));
  assert.equal(sendable(busy), false);
  assert.deepEqual([ballotState(busy).kind, busy.pending.why], ["again", "busy"]);
  const again = apply(busy, { t: "retry", run: "r1", seq: 1 });
  assert.equal(sendable(again), true);
  assert.deepEqual(seqAndValue(again.pending), ["r1", 1, 7]);
  assert.equal(ballotState(again).kind, "again");
  assert.notEqual(again.pending, busy.pending, "a new attempt is a new object");
});

test("a retry of a ballot that was replaced meanwhile does nothing", () => {
  const now = after(state(run()), pick(7), notCounted(1, "busy", true), pick(8), { t: "retry", run: "r1", seq: 1 });
  assert.deepEqual(seqAndValue(now.pending), ["r1", 2, 8]);
});

test("while paused the ballot waits; when it goes on it may go out", () => {
  const paused = after(state(run()), pick(7), state(run({ phase: "paused" }), { rev: 2 }));
  assert.equal(sendable(paused), false);
  assert.equal(sendable(apply(paused, state(run(), { rev: 3 }))), true);
});

test("late is told, also when an earlier choice stands", () => {
  const late = after(state(run()), pick(7), notCounted(1, "late"), state(run({ phase: "closed" }), { rev: 2 }));
  assert.deepEqual([ballotState(late).kind, ballotState(late).refusal.code], ["refused", "late"]);
  const both = after(state(run()), pick(7), counted(1, 7), pick(8), notCounted(2, "late"));
  assert.equal(ballotState(both).kind, "counted");
  assert.deepEqual([ballotState(both).ballot.value, ballotState(both).refusal.value], [7, 8]);
  assert.equal(chosen(both), 7, "the scale shows what counts");
});

test("a refusal is forgotten with the next choice and with the next run", () => {
  const late = after(state(run()), pick(7), notCounted(1, "bad_value"));
  assert.equal(apply(late, pick(8)).refusal, null);
  assert.equal(apply(late, state(run({ id: "r2" }), { rev: 2 })).refusal, null);
});

test("after close: counted, did not vote, or still on its way", () => {
  const closed = state(run({ phase: "closed" }), { rev: 2 });
  assert.equal(ballotState(after(state(run()), pick(7), counted(1, 7), closed)).kind, "counted");
  assert.equal(ballotState(after(state(run()), closed)).kind, "none");
  assert.equal(ballotState(after(state(run()), pick(7), closed)).kind, "sending");
});

test("a draft that was not sent is gone with its run", () => {
  const long = run({ scale: { kind: "numbers", buckets: buckets(101) } });
  assert.equal(after(state(long), pick(50), state({ ...long, id: "r2" }, { rev: 2 })).draft, null);
});

test("mine settles a ballot whose answer was lost", () => {
  const settled = after(state(run()), pick(7), { t: "mine", run: "r1", seq: 1, value: 7, receipt: "" });
  assert.equal(settled.pending, null);
  assert.equal(ballotState(settled).refusal, null);
});

test("mine does not settle a ballot that is newer", () => {
  const now = after(state(run()), pick(7), counted(1, 7), pick(8), { t: "mine", run: "r1", seq: 1, value: 7, receipt: "" });
  assert.deepEqual(seqAndValue(now.pending), ["r1", 2, 8]);
});

test("another page of the same voter was faster: the voter is told which choice stands", () => {
  const now = after(state(run()), pick(7), { t: "mine", run: "r1", seq: 1, value: 3, receipt: "" });
  assert.equal(now.pending, null);
  assert.deepEqual([ballotState(now).ballot.value, ballotState(now).refusal.code], [3, "seq_stale"]);
});

test("a kept ballot goes out again with the same sequence number", () => {
  const kept = { t: "kept", ballot: { run: "r1", seq: 3, value: 7, why: "busy", hold: true } };
  const now = after(state(run()), kept);
  assert.deepEqual(seqAndValue(now.pending), ["r1", 3, 7]);
  assert.equal(sendable(now), true);
});

test("a kept ballot that the server has already is dropped", () => {
  const mine = { t: "mine", run: "r1", seq: 3, value: 7, receipt: "" };
  assert.equal(after(mine, state(run()), { t: "kept", ballot: { run: "r1", seq: 3, value: 7 } }).pending, null);
});

test("a kept refusal is still told after a reload", () => {
  const now = after(state(run({ phase: "closed" })), { t: "kept", ballot: { run: "r1", value: 7, code: "late" } });
  assert.equal(ballotState(now).kind, "refused");
  assert.equal(now.pending, null);
});

test("without a line the ballot is kept, not sending", () => {
  assert.equal(ballotState(after(state(run()), { t: "line", status: "offline", code: 1006 }, pick(7))).kind, "kept");
});

test("an older state that comes by the slower line is not taken", () => {
  const now = after(state(run({ phase: "closed" }), { rev: 5 }), state(run(), { rev: 4 }));
  assert.equal(stage(now), "closed");
  assert.equal(stage(apply(now, state(run(), { rev: 1, epoch: "f" }))), "open", "another epoch counts anew");
  const other = { episode: { id: "E2" }, segment: null, run: run(), result: null, panel: "studio" };
  assert.equal(stage(apply(now, state(null, { rev: 1, view: other }))), "open", "another episode counts its own");
});

test("each stage has its picture", () => {
  const at = (...inputs) => stage(after(...inputs));
  assert.equal(at(), "connecting");
  assert.equal(at({ t: "line", status: "offline", code: 1006 }), "offline");
  assert.equal(at({ t: "line", status: "offline", code: 4404 }), "none");
  assert.equal(at(state(run()), { t: "line", status: "offline", code: 4404 }), "none", "the episode was taken off");
  assert.equal(at(state(run()), { t: "line", status: "offline", code: 1006 }), "open", "a cut keeps the scale");
  const seat = { t: "session", seat: { episode: "E1", seat: "C-14" } };
  assert.equal(at(seat, state(run()), { t: "line", status: "stopped", code: 4409 }), "displaced");
  assert.equal(at(seat, { t: "line", status: "stopped", code: 4401 }), "sign_in");
  assert.equal(at({ t: "line", status: "stopped", code: 4401 }), "stopped", "a viewer has no seat code to scan");
  assert.equal(at({ t: "line", status: "stopped", code: 4400 }), "stopped");
  assert.equal(at({ t: "problem", code: "code_used" }), "code_used");
  assert.equal(at(state(null)), "waiting");
  for (const phase of ["armed", "open", "paused", "closing", "closed", "verified", "revealed", "void"]) {
    assert.equal(at(state(run({ phase }))), phase);
  }
});

test("a displaced tablet cannot choose any more", () => {
  assert.equal(mayChoose(after(state(run()), { t: "line", status: "stopped", code: 4409 })), false);
});

test("who one is comes from the session and is confirmed by welcome", () => {
  const seat = after({ t: "session", seat: { episode: "E1", seat: "C-14" }, secure: false, durability: "durable" });
  assert.deepEqual([seat.seat, seat.secure], ["C-14", false]);
  const welcomed = apply(seat, { t: "welcome", durability: "not_durable", you: { role: "seat", seat: "C-14" } });
  assert.deepEqual([welcomed.seat, welcomed.durability], ["C-14", "not_durable"]);
  assert.equal(after({ t: "session", seat: null, secure: true, durability: "" }).seat, "");
});

test("the countdown follows the server's clock, stands still while paused, and never goes below zero", () => {
  assert.equal(left(after(state(run({ deadline_ms: 10_000 }))), 4_000), 6_000);
  assert.equal(left(after(state(run({ deadline_ms: 10_000 }))), 12_000), 0);
  assert.equal(left(after(state(run({ phase: "paused", left_ms: 3_000 }))), 99_000), 3_000);
  assert.equal(left(after(state(run())), 1), null, "no deadline");
  assert.equal(left(after(state(run({ phase: "closed", deadline_ms: 10_000 }))), 1), null);
  assert.equal(left(START, 1), null);
});

test("the last second is shown until it is over", () => {
  assert.equal(clockText(61_000), "1:01");
  assert.equal(clockText(60_001), "1:01");
  assert.equal(clockText(1), "0:01");
  assert.equal(clockText(0), "0:00");
});

test("a counted ballot leads to its proof", () => {
  const now = after(state(run()), pick(7), counted(1, 7, { index: 12 }));
  assert.equal(proofPath(now), [now.view.episode.id, now.view.run.id, 12, "7K3MQ9TX2B4C"].join("."));
  assert.equal(proofPath(state(run())), "");
});

test("a receipt is grouped as it is read out", () => {
  assert.equal(receiptText("7K3MQ9TX2B4C"), "7K3M-Q9TX-2B4C");
});

test("the band is that of the rounded figure", () => {
  assert.equal(bandOf({ bands: BANDS }, "80.0").level, "good");
  assert.equal(bandOf({ bands: BANDS }, "79.9").level, "mid");
  assert.equal(bandOf({ bands: [BANDS[0]] }, "79.9").level, undefined);
});

test("a seat code is read from the fragment, percent-decoded", () => {
  assert.deepEqual(seatCode("#E1.C-14.2.abc"), { episode: "E1", seat: "C-14", generation: 2, code: "abc" });
  assert.equal(seatCode("#E1.%E5%89%8D%E6%8E%92%201.1.abc").seat, "前排 1");
  for (const wrong of ["", "#", "#E1.C-14.2", "#E1.C-14.x.abc", "#E1..2.abc", "#E1.C-14.2.abc.d", "#E1.%E5%.2.abc"]) {
    assert.equal(seatCode(wrong), null, wrong);
  }
});

test("apply never changes the state it was given", () => {
  const before = after(state(run()), pick(7));
  const copy = JSON.stringify(before);
  for (const input of [counted(1, 7), notCounted(1, "busy", true), notCounted(1, "late"), pick(8), state(null, { rev: 9 })]) apply(before, input);
  assert.equal(JSON.stringify(before), copy);
});

test("messages that are not for this page change nothing", () => {
  const before = after(state(run()));
  assert.equal(apply(before, { t: "tally", run: "r1", n: 3 }), before);
});

const CHANNELS = [{ id: "radio", name: {}, delay_ms: 2000 }, { id: "tv", name: {}, delay_ms: 8000 }];
const ONLINE = [...PANELS, { id: "online", name: {}, admission: "viewers", role: "counting" }];
const delayed = (changes, panel = "online") => {
  const told = state(run({ panels: ONLINE, later_ms: 8000, ...changes }));
  return { ...told, view: { ...told.view, panel, channels: CHANNELS } };
};

test("a viewer goes on voting while the studio is closed, until their own channel's end", () => {
  const closing = delayed({ phase: "closing", closed_ms: 1000 });
  for (const [on, ends] of [["radio", 3000], ["tv", 9000], ["", 9000], ["gone", 9000]]) {
    const now = after({ t: "follow", on }, closing);
    assert.deepEqual([stage(now), mayChoose(now), end(now), left(now, 1500)], ["open", true, ends, ends - 1500]);
    assert.equal(nowOver(now, ends - 1), "");
    assert.equal(nowOver(now, ends), "r1");
    const over = apply(now, { t: "over", run: "r1" });
    assert.deepEqual([stage(over), mayChoose(over), left(over, ends), nowOver(over, ends)], ["closing", false, null, ""]);
    assert.equal(stage(apply(over, { t: "follow", on: "tv" })), "open");
  }
});

test("a tablet closes with the studio, and so does everybody after a pause", () => {
  const tablet = after(delayed({ phase: "closing", closed_ms: 1000 }, "studio"));
  assert.deepEqual([stage(tablet), mayChoose(tablet), later(tablet)], ["closing", false, 0]);
  const paused = after(delayed({ phase: "closing", closed_ms: 1000, later_ms: 0 }));
  assert.deepEqual([stage(paused), mayChoose(paused)], ["closing", false]);
});

test("a viewer's countdown is to the deadline and their delay", () => {
  const now = after({ t: "follow", on: "radio" }, delayed({ deadline_ms: 5000 }));
  assert.equal(left(now, 4000), 3000);
  assert.equal(left(after(delayed({ phase: "paused", left_ms: 4000 })), 0), 12000);
});
