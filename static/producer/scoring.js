// The rules of scoring as the producer's form holds them: in words, what is wrong, fresh parts.
// Pure. The sentences stand a second time in livevote/export/rules_text.py, for the record and the
// files; tests/web/rules_in_words.json holds the two together.

import { same } from "./merge.js";

const WORDS = {
  list_sep: { zh: "、", en: ", " },
  clause_sep: { zh: "；", en: "; " },
  stop: { zh: "。", en: "." },
  formula: { zh: "结果 = {terms}", en: "Result = {terms}" },
  term: { zh: "{panel} {percent} % × {estimator}", en: "{panel} {percent} % × {estimator}" },
  mean: { zh: "平均分", en: "mean" },
  trimmed_mean: { zh: "去掉最高、最低各 {trim} % 后的平均分", en: "mean without the highest and lowest {trim} %" },
  median: { zh: "中位数", en: "median" },
  satisfaction: { zh: "满意率", en: "satisfaction rate" },
  share: { zh: "选“{values}”的比例", en: "share of “{values}”" },
  quorum: {
    zh: "最低票数：{panels}。未达到的评分团不计入，其权重归其余评分团。",
    en: "Quorum: {panels}. A panel below it is left out and its weight goes to the others.",
  },
  quorum_one: { zh: "{panel} {quorum} 票", en: "{panel} {quorum}" },
  seats: { zh: "{panel}：凭现场席位投票", en: "{panel}: holders of a studio seat vote" },
  viewers: { zh: "{panel}：任何人可用手机投票", en: "{panel}: anyone can vote by phone" },
  advisory: { zh: "（仅供参考，不计入结果）", en: " (advisory, not in the result)" },
  off: { zh: "{panel}：本期不投票", en: "{panel}: does not vote" },
  labels: { zh: "量表：{labels}。", en: "Scale: {labels}." },
  label: { zh: "{name} = {points} 分", en: "{name} = {points} points" },
  label_satisfied: { zh: "{name} = {points} 分（计为满意）", en: "{name} = {points} points (counts as satisfied)" },
  numbers: {
    zh: "量表：{low} 至 {high} 分，每档 {step} 分；{satisfied_from} 分及以上计为满意。",
    en: "Scale: {low} to {high} points in steps of {step}; {satisfied_from} and above counts as satisfied.",
  },
  duration: {
    zh: "每轮开放 {seconds} 秒，导演可延长、暂停或提前截止。",
    en: "A run is open for {seconds} s; the director can extend, pause or close it.",
  },
  no_deadline: { zh: "每轮由导演截止。", en: "A run is open until the director closes it." },
  grace: {
    zh: "截止前到达服务器的选票，在之后 {seconds} 秒内仍会记入；截止后到达的不计。",
    en: "Ballots that reached the server before close are still written for {seconds} s after it; later ones do not count.",
  },
  later: {
    zh: "节目传到场外需要时间：{channels}。{panel}的截止因此比现场晚 {seconds} 秒；暂停对所有人同时生效。",
    en: "The show reaches viewers later than the studio: {channels}. So {panel} close {seconds} s after the studio; a pause holds for everybody at once.",
  },
  channel: { zh: "{channel} {seconds} 秒", en: "{channel} {seconds} s" },
  change: { zh: "截止前可以改票，以最后一次为准。", en: "Votes can be changed until close." },
  no_change: { zh: "每人每轮只能选一次，不能改。", en: "Each voter chooses once per run." },
  live: { zh: "投票期间公布实时计票。", en: "The count is shown while votes come in." },
  held: { zh: "公布结果前，不透露任何计票。", en: "No count is shown to anybody before the result is revealed." },
  decimals: { zh: "结果四舍五入，保留 {decimals} 位小数。", en: "Figures are rounded half up; decimals: {decimals}." },
  bands: { zh: "等级：{bands}。", en: "Levels: {bands}." },
  band: { zh: "{floor} 及以上为{name}", en: "{floor} and above is {name}" },
  band_rest: { zh: "其余为{name}", en: "the rest is {name}" },
  ties: {
    zh: "同分时依次比较：{ties}；仍相同则并列。",
    en: "Equal figures are ranked by: {ties}; what is still equal shares the rank.",
  },
  no_ties: { zh: "同分则并列。", en: "Equal figures share the rank." },
  tie_satisfied: { zh: "满意率", en: "satisfaction rate" },
  tie_voters: { zh: "投票人数", en: "number of voters" },
  tie_rundown: { zh: "串联单顺序", en: "order of the rundown" },
  person: {
    zh: "核验人重新计票一致后，才可公布。",
    en: "A result can be revealed when a verifier has seen that the recount agrees.",
  },
  automatic: {
    zh: "服务器自动重新计票一致后，即可公布。",
    en: "A result can be revealed when the server's own recount agrees.",
  },
};

// A band this low is open below: no figure can be under it.
export const FLOOR_MIN = -1000;

const speaker = (lang) => (key, values = {}) =>
  WORDS[key][lang].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
const nameIn = (lang) => (names) => (lang === "en" ? names.en || names.zh : names.zh || names.en);

// The rules as sentences, one idea each.
export function rulesInWords(rules, lang) {
  const t = speaker(lang);
  return [
    formula(rules, lang),
    who(rules, lang),
    quorums(rules, lang),
    scaleInWords(rules.scale, lang),
    rules.duration_ms ? t("duration", { seconds: rules.duration_ms / 1000 }) : t("no_deadline"),
    t("grace", { seconds: rules.grace_ms / 1000 }),
    ...later(rules, lang),
    t(rules.change_allowed ? "change" : "no_change"),
    t(rules.visibility),
    t("decimals", { decimals: rules.decimals }),
    ...(rules.bands.length ? [bandsInWords(rules.bands, lang)] : []),
    ties(rules.tie_breaks, lang),
    t(rules.verification),
  ];
}

// What voters can choose: [{value, name}], best first.
export function choices(scale, lang) {
  if (scale.kind === "labels") {
    return scale.labels.map((label, i) => ({ value: i + 1, name: nameIn(lang)(label.name) }));
  }
  const { low, high, step } = scale;
  const sane = [low, high, step].every(Number.isInteger) && step > 0 && high > low && (high - low) / step <= 200;
  const count = sane ? Math.floor((high - low) / step) + 1 : 0;
  return Array.from({ length: count }, (_, i) => low + i * step).reverse().map((value) => ({ value, name: String(value) }));
}

export function estimatorInWords(estimator, scale, lang) {
  const t = speaker(lang);
  const known = new Map(choices(scale, lang).map((choice) => [choice.value, choice.name]));
  const values = estimator.share_of.map((value) => known.get(value) || value).join(t("list_sep"));
  const untrimmed = estimator.kind === "trimmed_mean" && estimator.trim_percent === 0;
  return t(untrimmed ? "mean" : estimator.kind, { trim: estimator.trim_percent, values });
}

const counting = (rules) => rules.panels.filter((panel) => panel.role === "counting");

// A panel's weight in percent of all that count: "70", or "33.3" where it is not whole.
export function weightShare(panel, rules) {
  const weights = counting(rules).reduce((sum, other) => sum + Number(other.weight || 0), 0);
  const weight = Number(panel.weight);
  if (!(weights > 0) || !(weight >= 0)) return "–";
  if ((100 * weight) % weights === 0) return String((100 * weight) / weights);
  const tenths = Math.floor((2000 * weight + weights) / (2 * weights));
  return (tenths / 10).toFixed(1);
}

function formula(rules, lang) {
  const t = speaker(lang);
  const terms = counting(rules).map((panel) => t("term", {
    panel: nameIn(lang)(panel.name),
    percent: weightShare(panel, rules),
    estimator: estimatorInWords(panel.estimator, rules.scale, lang),
  }));
  return t("formula", { terms: terms.join(" + ") });
}

function who(rules, lang) {
  const t = speaker(lang);
  const told = rules.panels.map((panel) =>
    t(panel.role === "off" ? "off" : panel.admission, { panel: nameIn(lang)(panel.name) })
    + (panel.role === "advisory" ? t("advisory") : ""));
  return told.join(t("clause_sep")) + t("stop");
}

function quorums(rules, lang) {
  const t = speaker(lang);
  const panels = counting(rules).map((panel) =>
    t("quorum_one", { panel: nameIn(lang)(panel.name), quorum: Math.max(panel.quorum, 1) }));
  return t("quorum", { panels: panels.join(t("list_sep")) });
}

// One sentence where viewers close later than the studio, else none.
function later(rules, lang) {
  const t = speaker(lang);
  const panel = rules.panels.find((one) => one.admission === "viewers" && one.role !== "off");
  const longest = Math.max(0, ...rules.channels.map((channel) => Number(channel.delay_ms) || 0));
  if (!panel || !longest) return [];
  const told = rules.channels.map((one) => t("channel", { channel: nameIn(lang)(one.name), seconds: one.delay_ms / 1000 }));
  return [t("later", { channels: told.join(t("list_sep")), panel: nameIn(lang)(panel.name), seconds: longest / 1000 })];
}

function scaleInWords(scale, lang) {
  const t = speaker(lang);
  if (scale.kind === "numbers") return t("numbers", scale);
  const labels = scale.labels.map((label) =>
    t(label.satisfied ? "label_satisfied" : "label", { name: nameIn(lang)(label.name), points: label.points }));
  return t("labels", { labels: labels.join(t("list_sep")) });
}

function bandsInWords(bands, lang) {
  const t = speaker(lang);
  const told = bands.map((band) =>
    t(band.floor <= FLOOR_MIN ? "band_rest" : "band", { floor: band.floor, name: nameIn(lang)(band.name) }));
  return t("bands", { bands: told.join(t("clause_sep")) });
}

function ties(tieBreaks, lang) {
  const t = speaker(lang);
  if (!tieBreaks.length) return t("no_ties");
  return t("ties", { ties: tieBreaks.map((tie) => t(`tie_${tie}`)).join(t("list_sep")) });
}

// The name of the preset that a scale is, "" where it is the show's own.
export function presetOf(scale, scales) {
  const found = Object.entries(scales).find(([, preset]) => same(preset, scale));
  return found ? found[0] : "";
}

export const freshPanel = (taken) => ({
  id: ["experts", "questioners", "guests"].find((id) => !taken.includes(id)) || `panel_${taken.length + 1}`,
  name: { zh: "", en: "" }, admission: "seats", role: "advisory", weight: 100,
  estimator: { kind: "mean", trim_percent: 0, share_of: [] }, quorum: 1,
});

export const freshChannel = (taken) => ({
  id: ["tv", "radio", "web"].find((id) => !taken.includes(id)) || `channel_${taken.length + 1}`,
  name: { zh: "", en: "" }, delay_ms: 0,
});

export const freshLabel = () => ({ name: { zh: "", en: "" }, points: 0, satisfied: false, face: "" });

// Fields that must hold a whole number: {path: {key}}. The form keeps what was typed, so that a
// half-typed number is not lost; the rest of the rules is the server's to judge.
export function checkRules(rules) {
  const wrong = {};
  const whole = (value, path) => {
    if (!Number.isInteger(value)) wrong[path] = { key: "whole_number" };
  };
  ["duration_ms", "grace_ms", "decimals"].forEach((path) => whole(rules[path], path));
  if (rules.scale.kind === "numbers") {
    ["low", "high", "step", "satisfied_from"].forEach((key) => whole(rules.scale[key], `scale.${key}`));
  }
  rules.scale.labels.forEach((label, i) => whole(label.points, `scale.labels.${i}.points`));
  rules.panels.forEach((panel, i) => {
    whole(panel.weight, `panels.${i}.weight`);
    whole(panel.quorum, `panels.${i}.quorum`);
    whole(panel.estimator.trim_percent, `panels.${i}.estimator.trim_percent`);
  });
  rules.channels.forEach((channel, i) => whole(channel.delay_ms, `channels.${i}.delay_ms`));
  rules.bands.forEach((band, i) => whole(band.floor, `bands.${i}.floor`));
  return wrong;
}
