// The overlay without a browser: what it knows, how it moves, what it says.

import assert from "node:assert/strict";
import { test } from "node:test";

import { grouped, speaker, WORDS } from "../../static/overlay/language.js";
import * as motion from "../../static/overlay/motion.js";
import { optionsOf } from "../../static/overlay/options.js";
import { clockText, picturesOf } from "../../static/overlay/picture.js";
import { EMPTY, apply, blankedOf, countOf, graphicsOf } from "../../static/overlay/state.js";

const NOW = 1_700_000_000_000;
const BUCKETS = [
  { value: 1, points: 100, name: { zh: "满意", en: "Satisfied" }, satisfied: true, face: "happy" },
  { value: 2, points: 60, name: { zh: "基本满意", en: "Fairly satisfied" }, satisfied: true, face: "plain" },
  { value: 3, points: 0, name: { zh: "不满意", en: "Not satisfied" }, satisfied: false, face: "sad" },
];
const STUDIO = { id: "studio", name: { zh: "现场群众代表", en: "Studio citizens" }, admission: "seats", role: "counting", weight: 700, estimator: { kind: "mean" } };
const ONLINE = { id: "online", name: { zh: "场外观众", en: "Viewers" }, admission: "viewers", role: "counting", weight: 300, estimator: { kind: "mean" } };
const SEGMENT = { id: "s1", position: 1, of: 2, unit: { zh: "台州市水利局", en: "Taizhou Water Resources Bureau" }, post: { zh: "局长", en: "Director" }, film: "", question: "", pledge: "年底前公布水质" };

const run = (changes) => ({
  id: "r1", code: "R01", segment: "s1", attempt: 1, phase: "open", visibility: "live", change_allowed: true,
  opened_ms: NOW - 20_000, deadline_ms: NOW + 40_000, left_ms: 0, closed_ms: 0, grace_ms: 2000,
  rules_hash: "", unit: "points", decimals: 1,
  scale: { kind: "labels", low: 0, high: 100, step: 1, points_min: 0, points_max: 100, buckets: BUCKETS },
  panels: [STUDIO, ONLINE],
  bands: [
    { floor: 80, level: "good", name: { zh: "满意", en: "Good" } },
    { floor: 60, level: "mid", name: { zh: "基本满意", en: "Fair" } },
    { floor: -1000, level: "poor", name: { zh: "不满意", en: "Poor" } },
  ],
  eligible: { studio: 200 },
  ...changes,
});

const panelResult = (panel, n, N, counts, changes) => ({
  panel, n, N, weight: 0, role: "counting", figure: "80.0", satisfied: "", counts, quorum_met: true, counts_in_result: true, ...changes,
});

const result = (changes) => ({
  unit: "points", figure: "79.5", exact: "159/2", level: "mid", n: 4, N: 200, online: 2, satisfied: "", size: 6,
  panels: [panelResult("studio", 4, 200, [[1, 2], [2, 1], [3, 1]]), panelResult("online", 2, 0, [[1, 1], [2, 1], [3, 0]])],
  ...changes,
});

const graphic = (kind, changes) => ({ kind, segment: SEGMENT, run: run(), result: null, ...changes });
const view = (programme, changes) => ({
  episode: { id: "e1", show: { zh: "台州全媒体问政", en: "Taizhou" }, title: { zh: "五水共治", en: "Five Waters" } },
  blanked: false, preview: null, programme, board: [], vote_url: "https://vote.example.cn/", ...changes,
});
const stated = (rev, shown, epoch = "x") => ({ t: "state", epoch, rev, now: NOW, view: shown });
const tally = (size, changes) => ({ t: "tally", run: "r1", size, n: 4, N: 200, online: 2, live: result({ size }), ...changes });
const after = (...messages) => messages.reduce(apply, EMPTY);
const pictures = (state, language = "zh", now = NOW) => picturesOf(state, "programme", now, language);
const first = (...args) => pictures(...args)[0];

// --- state ---

test("a state replaces the view, and an older one does not", () => {
  const state = after(stated(5, view([graphic("bar")])), stated(4, view([])));
  assert.equal(state.rev, 5);
  assert.equal(state.view.programme.length, 1);
});

test("another epoch is another history: it may begin again, and old tallies are gone", () => {
  const state = after(stated(5, view([])), tally(9), stated(1, view([]), "y"));
  assert.equal(state.rev, 1);
  assert.deepEqual(state.tallies, {});
});

test("another episode leaves no tally of the last one behind", () => {
  const other = view([], { episode: { id: "e2", show: {}, title: {} } });
  assert.deepEqual(after(stated(5, view([])), tally(9), stated(6, other)).tallies, {});
});

test("tallies of a run never go back", () => {
  const state = after(stated(1, view([])), tally(7), tally(6, { n: 1 }));
  assert.equal(state.tallies.r1.size, 7);
  assert.equal(state.tallies.r1.n, 4);
});

test("a tally of the same size passes: at reveal it brings the counts that were held", () => {
  const state = after(tally(7, { live: null }), tally(7));
  assert.equal(state.tallies.r1.live.figure, "79.5");
});

test("runs are ordered each for itself", () => {
  const state = after(tally(7), { ...tally(2), run: "r2" });
  assert.equal(state.tallies.r1.size, 7);
  assert.equal(state.tallies.r2.size, 2);
});

test("messages of others change nothing, and an input is never changed", () => {
  const state = after(stated(1, view([])), tally(7));
  const before = JSON.stringify(state);
  for (const message of [{ t: "welcome" }, { t: "pong" }, { t: "ops" }, { t: "nonsense" }]) {
    assert.equal(apply(state, message), state);
  }
  apply(state, tally(8));
  assert.equal(JSON.stringify(state), before);
});

test("a preview shows what is cued, also while the air is blanked", () => {
  const state = after(stated(1, view([graphic("bar")], { preview: graphic("call"), blanked: true })));
  assert.equal(graphicsOf(state, "preview")[0].kind, "call");
  assert.equal(blankedOf(state, "preview"), false);
  assert.equal(blankedOf(state, "programme"), true);
  assert.deepEqual(graphicsOf(EMPTY, "programme"), []);
  assert.equal(blankedOf(EMPTY, "programme"), false);
});

test("a held run's counts are not shown even if the wire carried them", () => {
  const held = graphic("bar", { run: run({ visibility: "held" }) });
  const count = countOf(after(stated(1, view([held])), tally(7)), held);
  assert.equal(count.result, null);
  assert.equal(count.n, 4);
});

test("before any tally a run has its eligible seats and no count", () => {
  const count = countOf(EMPTY, graphic("bar"));
  assert.deepEqual(count, { known: false, result: null, n: 0, N: 200, online: 0, size: 0 });
});

// --- motion ---

test("a number covers 63 % of its way in 120 ms, in one step or in many", () => {
  assert.ok(Math.abs(motion.approach(0, 100, 60, 0) - 39.35) < 0.01);
  let shown = 0;
  for (let i = 0; i < 12; i += 1) shown = motion.approach(shown, 100, 10, 0);
  assert.ok(Math.abs(shown - 63.21) < 0.01);
});

test("a stall moves a number no further than 100 ms would", () => {
  assert.equal(motion.approach(0, 100, 5000, 0), motion.approach(0, 100, 100, 0));
});

test("a number arrives exactly, upwards and downwards, and never passes its target", () => {
  for (const [from, to] of [[0, 87.3], [87.3, 12]]) {
    let shown = from;
    for (let i = 0; i < 100; i += 1) {
      const next = motion.approach(shown, to, 20, 0.05);
      assert.ok(Math.abs(to - next) <= Math.abs(to - shown));
      shown = next;
    }
    assert.equal(shown, to);
  }
});

function rolledUntilStill(dt_ms, start, target) {
  let state = motion.roll(motion.STILL, { n: [start, 0.5] }, true, dt_ms);
  let passed = 0;
  while (state.values.n !== target) {
    const before = state.values.n;
    state = motion.roll(state, { n: [target, 0.5] }, false, dt_ms);
    passed += dt_ms;
    assert.ok(state.values.n > before && state.values.n <= target, "it only comes nearer");
    assert.ok(passed <= 1000);
  }
  return passed;
}

test("after close the exact number stands within 300 ms at 50 and 60 Hz", () => {
  assert.ok(rolledUntilStill(20, 0, 1_000_000) <= 300);
  assert.ok(rolledUntilStill(1000 / 60, 0, 1_000_000) <= 300);
});

test("after close a machine that draws four frames a second is exact on the second frame", () => {
  assert.ok(rolledUntilStill(250, 0, 1_000_000) <= 500);
});

test("while votes come in a number keeps rolling, and a new one starts on its target", () => {
  let state = motion.roll(motion.STILL, { n: [10, 0.5] }, true, 20);
  assert.equal(state.values.n, 10);
  state = motion.roll(state, { n: [20, 0.5], figure: [87.3, 0.05] }, true, 20);
  assert.ok(state.values.n > 10 && state.values.n < 20);
  assert.equal(state.values.figure, 87.3);
});

test("a run that opens again after a close rolls again", () => {
  let state = motion.roll(motion.STILL, { n: [0, 0.5] }, true, 20);
  for (let i = 0; i < 20; i += 1) state = motion.roll(state, { n: [10, 0.5] }, false, 20);
  state = motion.roll(state, { n: [100, 0.5] }, true, 20);
  assert.ok(state.values.n < 100);
});

test("numbers move only where they are seen, and another run starts on its own", () => {
  const next = motion.roller();
  const picture = (r, n) => ({ run: r, counting: true, targets: { n: [n, 0.5] } });
  assert.equal(next(picture("r1", 0), 0, false).n, 0);
  assert.equal(next(picture("r1", 50), 20, false).n, 50);
  assert.ok(next(picture("r1", 100), 20, true).n < 100);
  assert.equal(next(picture("r2", 3), 20, true).n, 3);
});

test("percents are whole and add up to 100 by the largest remainder", () => {
  assert.deepEqual(motion.percents([1, 1, 1]), [34, 33, 33]);
  assert.deepEqual(motion.percents([117, 53, 18]), [62, 28, 10]);
  assert.deepEqual(motion.percents([0, 0, 5]), [0, 0, 100]);
  assert.deepEqual(motion.percents([0, 0]), [0, 0]);
  assert.deepEqual(motion.percents([]), []);
  for (let seed = 1; seed < 200; seed += 1) {
    const parts = [seed * 7 % 31, seed * 13 % 17, seed * 5 % 11 + 0.25, seed % 3];
    assert.equal(motion.percents(parts).reduce((a, b) => a + b), 100);
  }
});

test("a graphic comes in within 240-400 ms and goes out within 160-240 ms", () => {
  const duration = (entering) => {
    let progress = entering ? 0 : 1;
    let passed = 0;
    while (progress !== (entering ? 1 : 0)) {
      progress = motion.progressed(progress, entering, 20);
      passed += 20;
    }
    return passed;
  };
  assert.ok(duration(true) >= 240 && duration(true) <= 400);
  assert.ok(duration(false) >= 160 && duration(false) <= 240);
  assert.equal(motion.easeOut(0), 0);
  assert.equal(motion.easeOut(1), 1);
});

test("pages turn in order and begin again", () => {
  assert.deepEqual([0, 9999, 10000, 25000, 30000].map((ms) => motion.pageAt(ms, 3, 10000)), [0, 0, 1, 2, 0]);
  assert.equal(motion.pageAt(99999, 0, 10000), 0);
});

// --- what is said ---

const STATUSES = [
  ["armed", "等待评分 · waiting"], ["open", "计票中 · counting"], ["paused", "暂停 · paused"],
  ["closing", "收票中 · closing"], ["closed", "核验中 · verifying"], ["verified", "已核验 · verified"],
  ["revealed", "最终 · final"],
];

for (const [phase, words] of STATUSES) {
  test(`a bar says of a run that is ${phase}: ${words}`, () => {
    const shown = graphic("bar", { run: run({ phase }), result: phase === "revealed" ? result() : null });
    const { word } = first(after(stated(1, view([shown])), tally(6))).status;
    assert.equal(word.main + " · " + word.sub, words);
  });
}

test("every word on air is there in Chinese and in English", () => {
  for (const key of Object.keys(WORDS)) assert.ok(WORDS[key].zh && WORDS[key].en, key);
});

test("one language falls back to the other; both puts English beside", () => {
  assert.deepEqual(speaker("en").say({ zh: "椒江区", en: "" }), { main: "椒江区", sub: "" });
  assert.deepEqual(speaker("zh").say({ zh: "椒江区", en: "Jiaojiang" }), { main: "椒江区", sub: "" });
  assert.deepEqual(speaker("both").say({ zh: "椒江区", en: "Jiaojiang" }), { main: "椒江区", sub: "Jiaojiang" });
  assert.deepEqual(speaker("both").say({ zh: "CCTV", en: "CCTV" }), { main: "CCTV", sub: "" });
  assert.deepEqual(speaker("en").status("final"), { main: "Final", sub: "" });
});

test("thousands are grouped", () => {
  assert.deepEqual([0, 999, 1000, 12034, 1234567].map(grouped), ["0", "999", "1,000", "12,034", "1,234,567"]);
});

test("between close and reveal a live run keeps its last figure", () => {
  for (const phase of ["closing", "closed", "verified"]) {
    const picture = first(after(stated(1, view([graphic("bar", { run: run({ phase }) })])), tally(6)));
    assert.equal(picture.figure.text, "79.5", phase);
    assert.equal(picture.level, null, phase);
  }
});

test("a held run shows turnout and nothing that tells the count", () => {
  const held = graphic("bar", { run: run({ visibility: "held" }) });
  const picture = first(after(stated(1, view([held])), tally(7)));
  assert.equal(picture.figure, null);
  assert.deepEqual(picture.panels, []);
  assert.deepEqual(picture.legend, []);
  assert.deepEqual(Object.keys(picture.targets).sort(), ["n", "online"]);
  assert.deepEqual(picture.turnout.map(({ n, N }) => [n, N]), [[4, 200], [2, 0]]);
  assert.equal(picture.status.key, "voting");
});

test("at reveal a held run shows its result", () => {
  const shown = graphic("bar", { run: run({ visibility: "held", phase: "revealed" }), result: result() });
  const picture = first(after(stated(1, view([shown]))));
  assert.equal(picture.figure.text, "79.5");
  assert.deepEqual(picture.level, { tone: "mid", shape: "mid", name: { main: "基本满意", sub: "" } });
  assert.equal(picture.counting, false);
});

test("a revealed result stands whatever tally comes", () => {
  const shown = graphic("result", { run: run({ phase: "revealed" }), result: result({ figure: "79.5" }) });
  const picture = first(after(stated(1, view([shown])), tally(99, { live: result({ figure: "12.0", size: 99 }) })));
  assert.equal(picture.figure.text, "79.5");
});

test("no votes: no figure, no invented percent, and words for it", () => {
  const none = result({ figure: "", level: null, n: 0, online: 0, size: 0, panels: [
    panelResult("studio", 0, 200, [[1, 0], [2, 0], [3, 0]], { figure: "", counts_in_result: false }),
    panelResult("online", 0, 0, [[1, 0], [2, 0], [3, 0]], { figure: "", counts_in_result: false }),
  ] });
  const picture = first(after(stated(1, view([graphic("bar")])), tally(0, { n: 0, online: 0, live: none })));
  assert.equal(picture.figure.value, null);
  assert.equal(picture.note.main, "尚无选票");
  assert.ok(!("figure" in picture.targets));
  assert.ok(picture.panels.every((panel) => panel.buckets.every((bucket) => bucket.share === 0)));
  const final = graphic("bar", { run: run({ phase: "revealed" }), result: none });
  assert.equal(first(after(stated(1, view([final])))).note.main, "无有效结果");
});

test("figure, bars and n of N are aimed at together", () => {
  const { targets } = first(after(stated(1, view([graphic("bar")])), tally(6)));
  assert.deepEqual(targets.figure, [79.5, 0.05]);
  assert.deepEqual(targets["studio/share/1"][0], 0.5);
  assert.deepEqual(targets["studio/n"][0], 4);
  assert.deepEqual(targets.n, [4, 0.5]);
});

test("nothing rolls before a count is known", () => {
  assert.deepEqual(first(after(stated(1, view([graphic("bar")])))).targets, {});
});

test("a figure keeps the place of the widest text it can have", () => {
  const widest = (changes) => first(after(stated(1, view([graphic("bar", { run: run(changes) })])))).figure.widest;
  assert.equal(widest({}), "100.0");
  assert.equal(widest({ decimals: 0 }), "100");
  assert.equal(widest({ scale: { ...run().scale, points_min: -1000, points_max: 5 } }), "-1000.0");
  assert.equal(widest({ unit: "percent", scale: { ...run().scale, points_max: 5 } }), "100.0");
});

test("panels say their weight, or that they are advisory", () => {
  const advisory = { ...ONLINE, role: "advisory", weight: 0 };
  const [studio, online] = first(after(stated(1, view([graphic("bar", { run: run({ panels: [STUDIO, advisory] }) })])), tally(6))).panels;
  assert.equal(studio.weight, "100%");
  assert.equal(studio.tag, null);
  assert.equal(online.weight, "");
  assert.equal(online.tag.short.main, "参考");
});

test("an advisory panel may be measured in percent beside a result in points", () => {
  const share = { ...ONLINE, role: "advisory", weight: 0, estimator: { kind: "satisfaction" } };
  const picture = first(after(stated(1, view([graphic("bar", { run: run({ panels: [STUDIO, share] }) })])), tally(6)));
  assert.deepEqual(picture.panels.map((panel) => [panel.figure.suffix.main, panel.axis[1]]), [["分", 100], ["%", 100]]);
  assert.equal(picture.figure.suffix.main, "分");
});

test("a panel below its quorum says so once voting is over", () => {
  const short = result({ panels: [panelResult("studio", 4, 200, [[1, 4]], { quorum_met: false, counts_in_result: false })] });
  const tag = (phase) => first(after(stated(1, view([graphic("bar", { run: run({ phase, panels: [STUDIO] }) })])), tally(6, { live: short }))).panels[0].tag;
  assert.equal(tag("open"), null);
  assert.equal(tag("closed").long.main, "未达最低票数，不计入");
});

test("before a count is known nothing is said of votes that did not come", () => {
  const before = (phase) => first(after(stated(1, view([graphic("bar", { run: run({ phase }) })]))));
  assert.equal(before("open").note, null);
  assert.deepEqual(before("closed").panels.map((panel) => panel.tag), [null, null]);
});

test("tones always come with a shape", () => {
  const { legend } = first(after(stated(1, view([graphic("bar")])), tally(6)));
  assert.deepEqual(legend.map(({ tone, shape }) => [tone, shape]), [["good", "happy"], ["mid", "plain"], ["poor", "sad"]]);
});

// --- board, countdown, call ---

const row = (rank, figure, changes) => ({
  rank, segment: "s" + figure, run: "r", figure, level: "good", n: 188, N: 200, online: 0, unit: SEGMENT.unit, post: SEGMENT.post, ...changes,
});
const boardOf = (board) => first(after(stated(1, view([{ kind: "board", segment: null, run: null, result: null }], { board }))));

test("the board marks its leader, and nobody where the first place is shared", () => {
  assert.deepEqual(boardOf([row(1, "90.0"), row(2, "80.0")]).rows.map((each) => each.gold), [true, false]);
  assert.deepEqual(boardOf([row(1, "90.0"), row(1, "90.0")]).rows.map((each) => each.gold), [false, false]);
});

test("a board row has figure, level in words and shape, and n of N; without a figure it says so", () => {
  const [scored, without] = boardOf([row(1, "90.0", { online: 12034 }), row(0, "", { level: null })]).rows;
  assert.equal(scored.studio, "188 / 200");
  assert.equal(scored.online, "12,034");
  assert.deepEqual([scored.level.shape, scored.level.name.main], ["good", "满意"]);
  assert.deepEqual([without.rank, without.none.main, without.level], ["–", "无有效结果", null]);
});

test("an empty board says so", () => {
  const board = boardOf([]);
  assert.deepEqual(board.rows, []);
  assert.equal(board.empty.main, "尚无已公布的结果");
});

const counted = (changes, now = NOW) =>
  first(after(stated(1, view([graphic("countdown", { run: changes && run(changes) })]))), "zh", now);

test("a countdown follows the server's clock, not its own steps", () => {
  assert.equal(counted({}).text, "0:40");
  assert.equal(counted({}, NOW + 35_001).text, "0:05");
  assert.equal(counted({}, NOW + 35_001).last, true);
  assert.equal(counted({}, NOW + 20_000).last, false);
});

test("a begun second counts, and 0:00 is over", () => {
  assert.deepEqual([60_000, 59_999, 1, 0, -5].map(clockText), ["1:00", "1:00", "0:01", "0:00", "0:00"]);
  assert.equal(clockText(3_660_000), "1:01:00");
});

test("past its deadline a countdown says closing, even if no word of it has come", () => {
  const picture = counted({}, NOW + 40_000);
  assert.equal(picture.text, "0:00");
  assert.equal(picture.status.word.main, "收票中");
});

test("a pause shows what was left; no deadline shows open; a closed run no time", () => {
  const paused = counted({ phase: "paused", deadline_ms: 0, left_ms: 42_000 });
  assert.deepEqual([paused.text, paused.status.word.main, paused.share], ["0:42", "暂停", null]);
  const open = counted({ deadline_ms: 0 });
  assert.deepEqual([open.text, open.status.key], ["", "open"]);
  assert.deepEqual([counted({ phase: "closed" }).text, counted({ phase: "closed" }).status.key], ["", "closed"]);
  assert.equal(counted({ phase: "armed", deadline_ms: 0 }).status.key, "waiting");
  assert.equal(counted(null).status.key, "waiting");
});

const called = (changes, now = NOW) =>
  first(after(stated(1, view([graphic("call", { run: changes && run(changes) })])), tally(6)), "zh", now);

test("a call invites only while the vote is open to viewers", () => {
  assert.equal(called({}).inviting, true);
  assert.equal(called({}).address, "vote.example.cn");
  assert.equal(called({ panels: [STUDIO] }).inviting, false);
  assert.equal(called({}, NOW + 40_000).inviting, false);
  assert.equal(called(null).inviting, false);
});

test("a call says calmly how it stands", () => {
  const headings = ["armed", "open", "paused", "closing", "closed", "verified", "revealed"].map((phase) => called({ phase }).heading.main);
  assert.deepEqual(headings.slice(0, 3), ["评分即将开始", "请您评分", "投票暂停，请稍候"]);
  assert.deepEqual([...new Set(headings.slice(3))], ["投票已截止，感谢参与"]);
});

test("a call says whether the votes of viewers count", () => {
  assert.equal(called({}).note.main, "场外观众评分计入结果，权重 30%");
  assert.match(called({ panels: [STUDIO, { ...ONLINE, role: "advisory", weight: 0 }] }).note.main, /仅供参考/);
});

test("a kind of graphic that this version does not know is left out", () => {
  assert.deepEqual(pictures(after(stated(1, view([graphic("hologram"), graphic("bar")])))).map((p) => p.kind), ["bar"]);
});

test("a graphic without a segment or a run is drawn, waiting", () => {
  for (const kind of ["bar", "result", "countdown", "call"]) {
    const picture = first(after(stated(1, view([graphic(kind, { segment: null, run: null })]))));
    assert.equal(picture.status.key, "waiting", kind);
  }
});

// --- address ---

test("the address is read, and a wrong value costs nothing", () => {
  const options = optionsOf("?lang=both&bg=green&show=preview&safe=1&debug=1&episode=e1", "#abc%20d");
  assert.deepEqual(options, { token: "abc d", episode: "e1", language: "both", background: "green", show: "preview", safe: true, debug: true, wait: false });
  assert.deepEqual(optionsOf("?lang=klingon&bg=plaid", ""), { token: "", episode: "", language: "zh", background: "transparent", show: "programme", safe: false, debug: false, wait: false });
});

// --- what is not the show ---

const KINDS = ["bar", "result", "board", "countdown", "call", "side", "pledge"];
const marked = (changes, episode) => view([graphic("bar")], { ...changes, episode: { id: "e1", show: {}, title: {}, ...episode } });
const badgesIn = (state, show = "programme", language = "zh") =>
  picturesOf(state, show, NOW, language).filter((picture) => picture.kind === "badge");

test("a rehearsal says so in every picture, in both languages, whatever is on air", () => {
  for (const programme of [[], ...KINDS.map((kind) => [graphic(kind)])]) {
    for (const show of ["programme", "preview"]) {
      for (const language of ["zh", "en", "both"]) {
        const state = after(stated(1, { ...marked({}, { rehearsal: true }), programme, preview: programme[0] || null, blanked: true }));
        const [badge, ...more] = badgesIn(state, show, language);
        assert.equal(more.length, 0);
        assert.equal(badge.mark, "rehearsal");
        assert.deepEqual([badge.word.main, badge.word.sub].sort(), ["REHEARSAL", "彩排"]);
      }
    }
  }
});

test("a real episode's picture has no badge, whatever its state holds", () => {
  const titles = { title: { zh: "彩排 REHEARSAL 回放", en: "rehearsal replay" } };
  for (const kind of KINDS) {
    for (const episode of [{}, titles, { rehearsal: false }, { rehearsal: "" }]) {
      const state = after(stated(1, { ...marked({}, episode), programme: [graphic(kind)], preview: graphic(kind), rehearsal: true }), tally(3));
      for (const show of ["programme", "preview"]) assert.deepEqual(badgesIn(state, show), []);
    }
  }
  assert.deepEqual(badgesIn(EMPTY), []);
});

test("a replay is marked with its speed, tells its own time, and invites nobody", () => {
  const replay = { now_ms: NOW, at_ms: NOW - 1_000_000, speed: 4, playing: true };
  const then = run({ opened_ms: replay.at_ms - 10_000, deadline_ms: replay.at_ms + 50_000 });
  const state = after(stated(1, marked({ programme: [graphic("countdown", { run: then }), graphic("call", { run: then })], vote_url: "", replay }, {})));
  const seen = (now) => picturesOf(state, "programme", now, "zh");
  const [badge, countdown, call] = seen(NOW);
  assert.deepEqual([badge.mark, badge.word.main, badge.word.sub, badge.speed], ["replay", "回放", "REPLAY", "4×"]);
  assert.equal(countdown.text, "0:50");
  assert.equal(call.inviting, false);
  assert.equal(seen(NOW + 5_000)[1].text, "0:30");
  const paused = after(stated(1, marked({ programme: [graphic("countdown", { run: then })], replay: { ...replay, playing: false, speed: 1 } }, {})));
  const [still, clock] = picturesOf(paused, "programme", NOW + 60_000, "zh");
  assert.deepEqual([clock.text, still.speed], ["0:50", ""]);
});

test("a rehearsal that is replayed says both", () => {
  const replay = { now_ms: NOW, at_ms: NOW, speed: 1, playing: false };
  const state = after(stated(1, marked({ replay }, { rehearsal: true })));
  assert.deepEqual(badgesIn(state).map((badge) => badge.mark), ["rehearsal", "replay"]);
});
