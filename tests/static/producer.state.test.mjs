import assert from "node:assert/strict";
import test from "node:test";
import { EMPTY, SECTIONS, apply, clashAt, inOrder, isDirty, placeOf, rehearsalsOf } from "../../static/producer/state.js";

const segment = (id, rest = {}) => ({ id, unit: { zh: id, en: "" }, post: { zh: "", en: "" }, film: "", question: "", pledge: "", due: "", target: "", ...rest });
const panel = { id: "studio", name: { zh: "现场", en: "" }, admission: "seats", role: "counting", weight: 1000, quorum: 1, estimator: { kind: "mean", trim_percent: 0, share_of: [] } };
const view = (segments, rest = {}) => ({
  episode: { id: "e", title: { zh: "题", en: "" }, show: { zh: "栏", en: "" } },
  segments: segments.map((one, i) => ({ ...one, position: i + 1, of: segments.length })),
  seats: [{ label: "A-01", block: "A", panel: "studio", generation: 1, joined: true }],
  rules: { decimals: 1, panels: [panel] }, ...rest,
});
const at = (rev, segments, rest) => ({ t: "state", rev, view: view(segments, rest) });
const play = (...messages) => messages.reduce(apply, EMPTY);
const CHOSEN = { t: "choose", episode: "e" };
const type = (path, value, section = "rundown") => ({ t: "type", section, path, value });

test("a clean draft follows the server", () => {
  const state = play(CHOSEN, at(1, [segment("a")]), at(2, [segment("a", { pledge: "new" })]));
  assert.equal(state.drafts.rundown.mine[0].pledge, "new");
  assert.equal(isDirty(state.drafts.rundown), false);
  assert.equal(state.drafts.rundown.merged, false);
  assert.equal(state.rev, 2);
});

test("what was typed survives what others do, and their change comes in", () => {
  const state = play(CHOSEN, at(1, [segment("a")]), type("0.question", "mine"), at(2, [segment("a", { pledge: "theirs" })]));
  const { mine, merged, clashes } = state.drafts.rundown;
  assert.deepEqual([mine[0].question, mine[0].pledge], ["mine", "theirs"]);
  assert.equal(merged, true);
  assert.deepEqual(clashes, []);
  assert.equal(state.rev, 2, "a save rests on the newest revision");
});

test("a change elsewhere in the episode touches no draft", () => {
  const before = play(CHOSEN, at(1, [segment("a")]), type("0.question", "mine"));
  const after = apply(before, at(2, [segment("a")], { seats: [] }));
  assert.equal(after.drafts.rundown, before.drafts.rundown);
});

test("a clash shows theirs at its cell and is settled either way", () => {
  const state = play(CHOSEN, at(1, [segment("a")]), type("0.question", "mine"), at(2, [segment("a", { question: "theirs" })]));
  const clash = clashAt(state.drafts.rundown, "0.question");
  assert.equal(clash.theirs, "theirs");
  assert.equal(clashAt(state.drafts.rundown, "0.pledge"), undefined);
  const taken = apply(state, { t: "settle", section: "rundown", clash, take: true }).drafts.rundown;
  assert.equal(taken.mine[0].question, "theirs");
  assert.equal(isDirty(taken), false);
  const kept = apply(state, { t: "settle", section: "rundown", clash, take: false }).drafts.rundown;
  assert.equal(kept.mine[0].question, "mine");
  assert.deepEqual(kept.clashes, []);
});

test("typing on over a clash settles it", () => {
  const state = play(CHOSEN, at(1, [segment("a")]), type("0.question", "mine"), at(2, [segment("a", { question: "theirs" })]), type("0.question", "both"));
  assert.deepEqual(state.drafts.rundown.clashes, []);
});

test("our own save that comes back, tidied, is no clash", () => {
  const start = play(CHOSEN, at(1, [segment("a")]), type("0.question", "  two   words "));
  const sent = SECTIONS.rundown.tidy(start.drafts.rundown.mine);
  const order = [
    { t: "saving", section: "rundown", sent },
    at(2, [segment("a", { question: "two words" })]),
    { t: "saved", section: "rundown", sent, now: 5 },
  ];
  for (const messages of [order, [order[0], order[2], order[1]]]) {
    const draft = messages.reduce(apply, start).drafts.rundown;
    assert.equal(draft.mine[0].question, "two words");
    assert.equal(isDirty(draft), false);
    assert.deepEqual([draft.clashes, draft.saving], [[], false]);
  }
});

test("what was typed while the save was on its way is still unsaved", () => {
  const start = play(CHOSEN, at(1, [segment("a")]), type("0.question", "one"));
  const sent = SECTIONS.rundown.tidy(start.drafts.rundown.mine);
  const draft = [{ t: "saving", section: "rundown", sent }, type("0.pledge", "late"), { t: "saved", section: "rundown", sent, now: 5 }]
    .reduce(apply, start).drafts.rundown;
  assert.equal(draft.mine[0].pledge, "late");
  assert.equal(draft.base[0].question, "one");
  assert.equal(isDirty(draft), true);
});

test("a refusal keeps the text and stands at its cell until that cell is typed in", () => {
  const error = { code: "bad_input", where: "args.segments.0.unit", message: "a name is needed" };
  const state = play(CHOSEN, at(1, [segment("a")]), type("0.unit.zh", ""), { t: "refused", section: "rundown", error });
  assert.deepEqual(state.drafts.rundown.wrong, { "0.unit.zh": { text: "a name is needed" } });
  assert.equal(state.drafts.rundown.mine[0].unit.zh, "");
  assert.deepEqual(apply(state, type("0.pledge", "x")).drafts.rundown.wrong, state.drafts.rundown.wrong);
  const corrected = apply(state, type("0.unit.zh", "x")).drafts.rundown;
  assert.deepEqual([corrected.wrong, corrected.refusal], [{}, null]);
});

test("refusals point into the form, by whichever road they came", () => {
  const rules = { decimals: 1, panels: [panel] };
  assert.equal(placeOf("args.rules.panels.0.weight", "rules", rules), "panels.0.weight");
  assert.equal(placeOf("panels.0.weight", "rules", rules), "panels.0.weight");
  assert.equal(placeOf("panels.0.name", "rules", rules), "panels.0.name.zh");
  assert.equal(placeOf("panels", "rules", rules), "panels");
  assert.equal(placeOf("seats.0.label", "roster", [{ label: "" }]), "0.label");
  assert.equal(placeOf("segments", "rundown", []), "");
  assert.equal(placeOf("title", "title", { zh: "", en: "" }), "zh");
  assert.equal(placeOf("", "title", { zh: "", en: "" }), "");
});

test("a step can be undone, and so can discarding everything", () => {
  const start = play(CHOSEN, at(1, [segment("a"), segment("b")]), type("0.pledge", "typed"));
  const removed = apply(start, { t: "edit", section: "rundown", value: [segment("b")], what: "remove" });
  const undone = apply(removed, { t: "undo", section: "rundown" });
  assert.equal(undone.drafts.rundown.mine[0].pledge, "typed");
  const dropped = apply(undone, { t: "discard", section: "rundown" });
  assert.equal(isDirty(dropped.drafts.rundown), false);
  assert.equal(apply(dropped, { t: "undo", section: "rundown" }).drafts.rundown.mine[0].pledge, "typed");
});

test("an undo from before another's change is not offered: it would take theirs back", () => {
  const state = play(
    CHOSEN, at(1, [segment("a"), segment("b")]),
    { t: "edit", section: "rundown", value: [segment("b"), segment("a")], what: "move" },
    at(2, [segment("a"), segment("b", { pledge: "theirs" })]),
  );
  assert.deepEqual(state.drafts.rundown.undo, []);
  assert.deepEqual(state.drafts.rundown.mine.map((one) => one.id + one.pledge), ["btheirs", "a"]);
});

test("blank rows are not saved", () => {
  assert.deepEqual(SECTIONS.rundown.tidy([segment("a"), segment("b", { unit: { zh: " ", en: "" } })]).map((one) => one.id), ["a"]);
});

test("another episode takes nothing along, and a late answer about the last one is dropped", () => {
  const state = play(CHOSEN, at(1, [segment("a")]), type("0.pledge", "typed"), { t: "choose", episode: "f" });
  assert.deepEqual(state.drafts, {});
  assert.equal(apply(state, at(9, [segment("a")])), state);
});

test("an older state never replaces a newer one", () => {
  const state = play(CHOSEN, at(5, [segment("a", { pledge: "new" })]));
  assert.equal(apply(state, at(4, [segment("a")])), state);
});

test("seats sit in panels of the saved rules", () => {
  const seats = [{ label: "A-01", block: "", panel: "gone" }];
  assert.equal(SECTIONS.roster.check(seats, view([]))["0.panel"].key, "panel_unknown");
});

test("rehearsals stand below the episode that they rehearse, the newest first", () => {
  const one = (id, created_ms, rehearsal_of = "") => ({ id, created_ms, rehearsal_of });
  const episodes = [one("a", 1), one("b", 2), one("a1", 3, "a"), one("a2", 4, "a"), one("b1", 5, "b")];
  assert.deepEqual(inOrder(episodes).map((each) => each.id), ["b", "b1", "a", "a2", "a1"]);
  const catalogue = { shows: [{ episodes }, { episodes: [] }] };
  assert.deepEqual(rehearsalsOf(catalogue, "a").map((each) => each.id), ["a2", "a1"]);
  assert.deepEqual(rehearsalsOf(catalogue, "a1"), []);
});
