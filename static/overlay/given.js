// A view made of values that a host gives, for playing without livevote: the same shape as the
// server's, so that the drawing knows no difference. No DOM, no clock.

const RUN = "given";
// One panel: of the room where it is said how many could vote, else of viewers.
const PANEL = { id: RUN, role: "counting", weight: 1000, estimator: { kind: "mean" } };
const ROOM = { admission: "seats", name: { zh: "现场", en: "Studio" } };
const VIEWERS = { admission: "viewers", name: { zh: "场外观众", en: "Viewers" } };
const BANDS = [
  { floor: 80, level: "good", name: { zh: "满意", en: "Good" } },
  { floor: 60, level: "mid", name: { zh: "基本满意", en: "Fair" } },
  { floor: 0, level: "poor", name: { zh: "不满意", en: "Poor" } },
];
const SCALE = { kind: "numbers", low: 0, high: 100, step: 1, points_min: 0, points_max: 100, buckets: [] };

const named = (text) => ({ zh: text, en: text });

// since_ms: when the countdown began.
export function viewOf(values, since_ms) {
  const segment = segmentOf(values);
  const result = resultOf(values);
  const kind = values.graphic === "programme" ? "bar" : values.graphic;
  return {
    episode: { id: RUN, show: named(""), title: named("") },
    blanked: false,
    preview: null,
    programme: [{ kind, segment, run: runOf(values, since_ms), result }],
    board: result && values.phase === "revealed" ? [boardRow(segment, result)] : [],
    vote_url: values.address,
  };
}

function segmentOf(values) {
  return {
    id: RUN, position: 1, of: 1, unit: named(values.unit), post: named(values.post), pledge: values.pledge, film: "", question: "",
  };
}

function runOf(values, since_ms) {
  const figure = figureOf(values);
  const point = figure.indexOf(".");
  return {
    id: RUN, code: "", segment: RUN, attempt: 1, phase: values.phase, visibility: "live", change_allowed: false,
    opened_ms: since_ms, deadline_ms: values.countdown_s ? since_ms + 1000 * values.countdown_s : 0,
    left_ms: 1000 * values.countdown_s, closed_ms: 0, grace_ms: 0, duration_ms: 1000 * values.countdown_s, rules_hash: "",
    unit: "points", decimals: point < 0 ? 0 : figure.length - point - 1,
    scale: SCALE, panels: [Object.assign({}, PANEL, values.N ? ROOM : VIEWERS)], bands: BANDS, eligible: { [RUN]: values.N },
  };
}

// A figure that is no number from 0 to 100 is none: better no figure than a wrong one.
function figureOf(values) {
  return /^\d{1,3}(\.\d{1,2})?$/.test(values.figure) && Number(values.figure) <= 100 ? values.figure : "";
}

function resultOf(values) {
  const figure = figureOf(values);
  const { n, N } = values;
  const band = BANDS.find((each) => Number(figure) >= each.floor);
  const panel = {
    panel: PANEL.id, n, N, weight: 1000, role: "counting", figure, satisfied: "", counts: [], quorum_met: true, counts_in_result: true,
  };
  return {
    unit: "points", figure, exact: "", level: figure === "" ? "" : band.level, n: N ? n : 0, N, online: N ? 0 : n, satisfied: "", size: n,
    panels: [panel],
  };
}

function boardRow(segment, result) {
  const { figure, level, n, N, online } = result;
  return { segment: RUN, rank: figure ? 1 : 0, figure, level, n, N, online, unit: segment.unit, post: segment.post };
}

// What a host asks to see of a view: a graphic of its choice, with its texts over livevote's.
export function asked(view, values) {
  if (!view) return view;
  const graphics = values.graphic === "programme" ? view.programme : [chosen(view, values.graphic)];
  const programme = graphics.map((graphic) => worded(graphic, values));
  return Object.assign({}, view, { programme, preview: view.preview && worded(view.preview, values) });
}

// About whom: the segment that is on air, else the one that is cued.
function chosen(view, kind) {
  const about = view.programme.concat(view.preview || []).find((graphic) => graphic.run || graphic.segment);
  return Object.assign({ segment: null, run: null, result: null }, about, { kind });
}

function worded(graphic, values) {
  if (!(values.unit || values.post || values.pledge)) return graphic;
  const own = { id: "", unit: named(""), post: named(""), pledge: "" };
  const segment = Object.assign(own, graphic.segment);
  if (values.unit) segment.unit = named(values.unit);
  if (values.post) segment.post = named(values.post);
  if (values.pledge) segment.pledge = values.pledge;
  return Object.assign({}, graphic, { segment });
}
