// What each graphic says: from the state and the server's clock to texts and numbers. No DOM.
// Figures are the server's; the only sums made here are shares of a panel's own ballots.

import { countOf, graphicsOf } from "./state.js";
import { grouped, speaker } from "./language.js";
import { deliveryPicture, lookbackPicture } from "./ledger.js";

const STATUS = {
  armed: "waiting",
  open: "counting",
  paused: "paused",
  closing: "closing",
  closed: "verifying",
  verified: "verified",
  revealed: "final",
  void: "void",
};
const TONES = { counting: "live", voting: "live", open: "live", closing: "live", final: "final" };

// Ballots may still come in. Paused included: the count stands, the run goes on.
const COUNTING = { armed: true, open: true, paused: true, closing: true };

// A bar's steps smaller than this share are not seen.
const SHARE_EPSILON = 0.0005;

const PICTURES = { bar, result, board, countdown, call, side: bar, pledge, question, lookback, delivery };
export const KINDS = Object.keys(PICTURES);

// One picture per graphic on air (or in preview), in the order of the programme. now: the server's
// clock in ms. A kind that this version does not know is left out.
export function picturesOf(state, show, now, language) {
  const speak = speaker(language);
  const at = momentOf(state.view, now);
  const graphics = graphicsOf(state, show)
    .filter((graphic) => PICTURES[graphic.kind])
    .map((graphic) => PICTURES[graphic.kind](state, graphic, at, speak));
  return badgesOf(state.view, speak).concat(graphics);
}

// In a replay it is the time that is replayed: where that stood at now_ms, and how fast it goes.
function momentOf(view, now) {
  if (!view || !view.replay) return now;
  const { now_ms, at_ms, speed, playing } = view.replay;
  return at_ms + (playing ? (now - now_ms) * speed : 0);
}

// Of nothing but the server's word about the episode and the channel: no host can ask for a badge,
// and none can be without it.
function badgesOf(view, speak) {
  const badges = [];
  if (view && view.episode.rehearsal) badges.push(badge("rehearsal", speak.word("rehearsal_note"), "", speak));
  if (view && view.replay) badges.push(badge("replay", null, view.replay.speed > 1 ? view.replay.speed + "×" : "", speak));
  return badges;
}

const badge = (mark, note, speed, speak) => ({ kind: "badge", key: "badge/" + mark, mark, word: speak.bilingual(mark), note, speed, size: 0 });

function head(graphic, speak) {
  const segment = graphic.segment || { id: "", unit: {}, post: {}, pledge: "" };
  return {
    kind: graphic.kind,
    key: graphic.kind + "/" + segment.id,
    unit: speak.say(segment.unit),
    post: speak.say(segment.post),
    pledge: segment.pledge,
    pledge_label: speak.word("pledge"),
    run: graphic.run ? graphic.run.id : "",
    size: 0,
  };
}

function statusOf(speak, key) {
  return { key, word: speak.status(key), tone: TONES[key] || "quiet" };
}

// --- bar and result ---

function bar(state, graphic, now, speak) {
  return scoring(state, graphic, speak);
}

function result(state, graphic, now, speak) {
  const picture = scoring(state, graphic, speak);
  return Object.assign(picture, { code: graphic.run ? graphic.run.code : "" });
}

function scoring(state, graphic, speak) {
  const run = graphic.run;
  const count = countOf(state, graphic);
  const phase = run ? run.phase : "armed";
  const held = Boolean(run) && run.visibility === "held" && !graphic.result;
  const key = held && phase === "open" ? "voting" : STATUS[phase];
  const panels = run && !held ? run.panels.map((panel) => panelOf(run, panel, count, speak)) : [];
  const text = count.result ? count.result.figure : "";
  const figure = run && !held ? figureOf(run, run.unit, text, speak) : null;
  const picture = Object.assign(head(graphic, speak), {
    size: count.size,
    status: statusOf(speak, key),
    counting: Boolean(COUNTING[phase]),
    final: phase === "revealed",
    held,
    figure,
    level: phase === "revealed" ? levelOf(run, count.result, speak) : null,
    note: noteOf(run, held, count, speak),
    turnout: turnoutOf(run, count, speak),
    panels,
    legend: run && !held && run.scale.kind === "labels" ? legendOf(run, speak) : [],
  });
  return Object.assign(picture, { targets: count.known ? targetsOf(picture) : {} });
}

// value null: there is no figure. widest: the longest text it can have, to keep its place.
function figureOf(run, unit, text, speak) {
  const [low, high] = axisOf(run, unit).map((end) => end.toFixed(run.decimals));
  return {
    text,
    value: text === "" ? null : Number(text),
    decimals: run.decimals,
    unit,
    suffix: speak.word(unit),
    widest: low.length > high.length ? low : high,
  };
}

function axisOf(run, unit) {
  return unit === "percent" ? [0, 100] : [run.scale.points_min, run.scale.points_max];
}

// The server says the level; the band says what it is called.
function levelOf(run, result, speak) {
  if (!result || !result.level) return null;
  const band = run.bands.find((each) => Number(result.figure) >= each.floor);
  return { tone: result.level, shape: result.level, name: speak.say(band.name) };
}

function noteOf(run, held, count, speak) {
  if (held) return speak.word("held");
  if (!run) return null;
  if (run.phase === "revealed") return count.result.figure ? null : speak.word("no_figure");
  return run.phase !== "armed" && count.known && count.n + count.online === 0 ? speak.word("no_votes") : null;
}

// Voted of eligible for the room; for viewers nobody knows how many could.
function turnoutOf(run, count, speak) {
  const panels = run ? run.panels : [];
  const has = (admission) => panels.some((panel) => panel.admission === admission);
  const lines = [];
  if (has("seats")) lines.push({ key: "n", label: speak.word("studio"), n: count.n, N: count.N });
  if (has("viewers")) lines.push({ key: "online", label: speak.word("online"), n: count.online, N: 0 });
  return lines;
}

// An advisory panel may be measured in another unit than the result.
const PERCENT = { satisfaction: true, share: true };

function panelOf(run, panel, count, speak) {
  const rows = count.result ? count.result.panels : [];
  const none = { n: 0, N: run.eligible[panel.id] || 0, figure: "", counts: [], counts_in_result: false };
  const row = rows.find((each) => each.panel === panel.id) || none;
  const unit = PERCENT[panel.estimator.kind] ? "percent" : "points";
  return {
    id: panel.id,
    name: speak.say(panel.name),
    weight: panel.role === "advisory" ? "" : weightText(run, panel),
    weight_label: speak.word("weight"),
    tag: tagOf(run, panel, row, count.known, speak),
    n: row.n,
    N: row.N,
    figure: figureOf(run, unit, row.figure, speak),
    axis: axisOf(run, unit),
    scale: run.scale.kind,
    buckets: bucketsOf(run, row, speak),
  };
}

// Why a panel is not in the result. While ballots come in, a quorum may still be met; before a count
// is known nothing can be said.
function tagOf(run, panel, row, known, speak) {
  if (panel.role === "advisory") return { short: speak.word("advisory"), long: speak.word("advisory_long") };
  if (!known || COUNTING[run.phase] || row.counts_in_result) return null;
  return { short: speak.word("left_out"), long: speak.word(row.n ? "no_quorum" : "no_votes_out") };
}

// Weights are per mille; what people compare is the share of the whole.
function weightText(run, panel) {
  const whole = run.panels.reduce((sum, each) => sum + each.weight, 0);
  return Math.round((1000 * panel.weight) / whole) / 10 + "%";
}

// share: of the panel's ballots. height: of the fullest bucket.
function bucketsOf(run, row, speak) {
  const counts = {};
  row.counts.forEach(([value, count]) => { counts[value] = count; });
  const all = run.scale.buckets.map((bucket) => counts[bucket.value] || 0);
  const most = Math.max(1, ...all);
  const n = Math.max(1, row.n);
  return run.scale.buckets.map((bucket, i) =>
    Object.assign(lookOf(bucket), {
      value: bucket.value,
      name: speak.say(bucket.name),
      count: all[i],
      share: all[i] / n,
      height: all[i] / most,
    }));
}

function legendOf(run, speak) {
  return run.scale.buckets.map((bucket) =>
    Object.assign(lookOf(bucket), { name: speak.say(bucket.name) }));
}

// Tone and shape always go together: colour alone says nothing, or the wrong thing.
const FACES = { happy: "good", plain: "mid", sad: "poor" };

function lookOf(bucket) {
  if (FACES[bucket.face]) return { tone: FACES[bucket.face], shape: bucket.face };
  return bucket.satisfied ? { tone: "good", shape: "good" } : { tone: "other", shape: "other" };
}

// Every number that moves, by the key under which the drawing finds it. Before any count is known
// there are none, so that the first count stands at once instead of rolling up from nothing.
function targetsOf(picture) {
  const targets = {};
  picture.turnout.forEach((line) => { targets[line.key] = [line.n, 0.5]; });
  if (picture.held) return targets;
  aim(targets, "figure", picture.figure);
  picture.panels.forEach((panel) => {
    aim(targets, panel.id + "/figure", panel.figure);
    targets[panel.id + "/n"] = [panel.n, 0.5];
    panel.buckets.forEach((bucket) => {
      targets[panel.id + "/share/" + bucket.value] = [bucket.share, SHARE_EPSILON];
      targets[panel.id + "/height/" + bucket.value] = [bucket.height, SHARE_EPSILON];
      targets[panel.id + "/count/" + bucket.value] = [bucket.count, 0.5];
    });
  });
  return targets;
}

function aim(targets, key, figure) {
  if (figure && figure.value !== null) targets[key] = [figure.value, 0.5 / 10 ** figure.decimals];
}

// due: an ISO date, where the pledge has one. What the run says of itself stands beside it.
function pledge(state, graphic, now, speak) {
  return Object.assign(scoring(state, graphic, speak), {
    title: speak.word("pledge"),
    due: (graphic.segment && graphic.segment.due) || "",
    due_label: speak.word("due"),
    none: speak.word("no_pledge"),
  });
}

// --- the ledger ---

function lookback(state, graphic, now, speak) {
  return lookbackPicture(graphic, head(graphic, speak), speak);
}

function delivery(state, graphic, now, speak) {
  return deliveryPicture(state.view, head(graphic, speak), speak);
}

// --- question ---

function question(state, graphic, now, speak) {
  return Object.assign(head(graphic, speak), {
    title: speak.word("question"),
    question: (graphic.segment && graphic.segment.question) || "",
    none: speak.word("no_question"),
    status: statusOf(speak, graphic.run ? STATUS[graphic.run.phase] : "waiting"),
    size: countOf(state, graphic).size,
    targets: {},
  });
}

// --- board ---

function board(state, graphic, now, speak) {
  const view = state.view;
  const first = view.board.filter((row) => row.rank === 1);
  return Object.assign(head(graphic, speak), {
    title: speak.word("board"),
    show: speak.say(view.episode.show),
    episode: speak.say(view.episode.title),
    empty: speak.word("board_empty"),
    headings: {
      rank: speak.word("rank"),
      who: speak.word("who"),
      studio: speak.word("studio_short"),
      online: speak.word("online_short"),
      level: speak.word("level"),
      score: speak.word("score"),
    },
    // One gold thing per picture: a shared first place is no single thing.
    rows: view.board.map((row) => boardRow(row, row.rank === 1 && first.length === 1, speak)),
  });
}

function boardRow(row, gold, speak) {
  return {
    key: row.segment,
    rank: row.rank ? String(row.rank) : "–",
    unit: speak.say(row.unit),
    post: speak.say(row.post),
    figure: row.figure,
    none: row.figure ? null : speak.word("no_figure"),
    level: row.level ? { tone: row.level, shape: row.level, name: speak.word(row.level) } : null,
    studio: row.N ? grouped(row.n) + " / " + grouped(row.N) : grouped(row.n),
    online: row.online ? grouped(row.online) : "",
    gold,
  };
}

// --- countdown ---

// A run whose deadline has passed takes no ballots, whether or not word of it has come through.
function phaseAt(run, now) {
  if (!run) return "armed";
  return run.phase === "open" && run.deadline_ms && now >= run.deadline_ms ? "closing" : run.phase;
}

// 61_000 → "1:01". A begun second counts: 0:00 is over.
export function clockText(left_ms) {
  const seconds = Math.max(0, Math.ceil(left_ms / 1000));
  const two = (part) => (part < 10 ? "0" : "") + part;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return minutes + ":" + two(seconds % 60);
  return Math.floor(minutes / 60) + ":" + two(minutes % 60) + ":" + two(seconds % 60);
}

const LAST_MS = 10000;

// text "": there is no time to show, the status says it all. share: what is left of the whole time,
// null where the whole is not known: a pause says what was left, not since when.
function countdown(state, graphic, now, speak) {
  const run = graphic.run;
  const phase = phaseAt(run, now);
  const timed = (phase === "open" || phase === "closing") && run.deadline_ms > 0;
  const paused = phase === "paused" && run.left_ms > 0;
  const left_ms = paused ? run.left_ms : phase === "open" && timed ? run.deadline_ms - now : 0;
  const key = countdownStatus(phase, timed);
  return Object.assign(head(graphic, speak), {
    size: countOf(state, graphic).size,
    status: statusOf(speak, key),
    text: timed || paused ? clockText(left_ms) : "",
    share: timed ? Math.min(1, left_ms / Math.max(1, run.deadline_ms - run.opened_ms)) : null,
    last: timed && left_ms <= LAST_MS,
  });
}

function countdownStatus(phase, timed) {
  if (phase === "open") return timed ? "left" : "open";
  if (phase === "armed" || phase === "paused" || phase === "closing") return STATUS[phase];
  return "closed";
}

// --- call ---

const CALLS = { armed: "call_soon", open: "call_open", paused: "call_paused" };

function call(state, graphic, now, speak) {
  const run = graphic.run;
  const count = countOf(state, graphic);
  const phase = phaseAt(run, now);
  const open = phase === "open";
  const viewers = run ? run.panels.find((panel) => panel.admission === "viewers") : null;
  const status = open ? "open" : CALLS[phase] ? STATUS[phase] : "closed";
  return Object.assign(head(graphic, speak), {
    size: count.size,
    status: statusOf(speak, status),
    heading: speak.word(CALLS[phase] || "call_closed"),
    // An invitation is only there while it can be followed.
    inviting: open && Boolean(viewers) && state.view.vote_url !== "",
    address: state.view.vote_url.replace(/^https?:\/\//, "").replace(/\/$/, ""),
    // Of livevote's own server, wherever the drawing stands; "" where there is none.
    qr: state.origin ? state.origin + "/qr/vote.svg" : "",
    how: speak.word("call_how"),
    note: callNote(run, viewers, open, speak),
    counting: Boolean(COUNTING[phase]),
    turnout: turnoutOf(run, count, speak),
    targets: count.known ? { n: [count.n, 0.5], online: [count.online, 0.5] } : {},
  });
}

function callNote(run, viewers, open, speak) {
  if (!open) return null;
  if (!viewers) return speak.word("call_studio");
  if (viewers.role === "advisory") return speak.word("call_advisory");
  return speak.word("call_counts", { weight: weightText(run, viewers) });
}
