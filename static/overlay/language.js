// The words on air. A text is {main, sub}: what is read, and beside it, smaller, the other language
// where the overlay speaks both.

import { PHASES } from "../shared/words.js";

export const WORDS = {
  waiting: { zh: "等待评分", en: "waiting" },
  counting: { zh: "计票中", en: "counting" },
  voting: { zh: "投票中", en: "voting" },
  paused: PHASES.paused,
  closing: PHASES.closing,
  verifying: { zh: "核验中", en: "verifying" },
  verified: PHASES.verified,
  final: { zh: "最终", en: "final" },
  void: PHASES.void,
  closed: { zh: "投票已截止", en: "closed" },
  open: { zh: "投票进行中", en: "open" },
  left: { zh: "距截止", en: "closes in" },

  pledge: { zh: "承诺", en: "Pledge" },
  due: { zh: "完成时限", en: "Due" },
  no_pledge: { zh: "尚未作出承诺", en: "No pledge yet" },
  question: { zh: "群众提问", en: "Citizens ask" },
  no_question: { zh: "还没有提问", en: "No question yet" },
  points: { zh: "分", en: "pts" },
  percent: { zh: "%", en: "%" },
  studio: { zh: "现场已投", en: "Studio" },
  online: { zh: "场外已投", en: "Online" },
  advisory: { zh: "参考", en: "Advisory" },
  advisory_long: { zh: "仅供参考，不计入", en: "Advisory, not counted" },
  weight: { zh: "权重", en: "Weight" },
  left_out: { zh: "不计入", en: "Not counted" },
  no_votes_out: { zh: "无选票，不计入", en: "No votes, not counted" },
  no_quorum: { zh: "未达最低票数，不计入", en: "Below quorum, not counted" },
  no_votes: { zh: "尚无选票", en: "No votes yet" },
  held: { zh: "公布前不显示得分", en: "No scores before the reveal" },
  no_figure: { zh: "无有效结果", en: "No valid result" },

  rehearsal: { zh: "彩排", en: "REHEARSAL" },
  rehearsal_note: { zh: "不计票", en: "does not count" },
  replay: { zh: "回放", en: "REPLAY" },

  board: { zh: "得分排行", en: "Ranking" },
  rank: { zh: "名次", en: "Rank" },
  who: { zh: "单位", en: "Unit" },
  studio_short: { zh: "现场", en: "Studio" },
  online_short: { zh: "场外", en: "Online" },
  level: { zh: "评价", en: "Level" },
  score: { zh: "得分", en: "Score" },
  board_empty: { zh: "尚无已公布的结果", en: "No results yet" },

  lookback: { zh: "回头看", en: "Looking back" },
  earlier: { zh: "原时限", en: "Before" },
  days_late: { zh: "逾期", en: "Late" },
  days: { zh: "{n} 天", en: "{n} days" },
  evidence: { zh: "佐证", en: "Evidence" },
  files: { zh: "{n} 份", en: "{n} files" },
  then: { zh: "当时", en: "Then" },
  now: { zh: "现在", en: "Now" },
  difference: { zh: "变化", en: "Change" },
  not_yet: { zh: "待再次评分", en: "To be scored again" },
  no_score: { zh: "当时未评分", en: "Not scored then" },
  votes: { zh: "投票 {n}", en: "Votes {n}" },
  state_made: { zh: "已作出", en: "Made" },
  state_accepted: { zh: "已认领", en: "Accepted" },
  state_in_progress: { zh: "办理中", en: "In progress" },
  state_claimed: { zh: "已报完成，待核实", en: "Claimed done" },
  state_verified: { zh: "已兑现", en: "Kept" },
  state_disputed: { zh: "有异议", en: "Disputed" },
  state_rescheduled: { zh: "已改期", en: "Rescheduled" },
  state_overdue: { zh: "逾期未完成", en: "Overdue" },
  state_broken: { zh: "未兑现", en: "Broken" },
  delivery: { zh: "承诺兑现排行", en: "Pledges kept" },
  delivery_empty: { zh: "尚无承诺", en: "No pledges yet" },
  kept: { zh: "兑现%", en: "Kept %" },
  kept_of: { zh: "已兑现", en: "Kept" },
  in_time: { zh: "按时", en: "In time" },

  call_open: { zh: "请您评分", en: "Have your say" },
  call_soon: { zh: "评分即将开始", en: "Voting opens soon" },
  call_paused: { zh: "投票暂停，请稍候", en: "Voting is paused" },
  call_closed: { zh: "投票已截止，感谢参与", en: "Voting has closed. Thank you" },
  call_how: { zh: "扫码或访问网址，选择后看到“已计入”即完成", en: "Scan or open, choose, wait until it is counted" },
  call_counts: { zh: "场外观众评分计入结果，权重 {weight}", en: "Votes of viewers count, weight {weight}" },
  call_advisory: { zh: "场外观众评分仅供参考，不计入结果", en: "Votes of viewers are advisory, not in the result" },
  call_studio: { zh: "本轮只由现场评分团评分", en: "Only the studio panel scores this round" },

  good: { zh: "满意", en: "Good" },
  mid: { zh: "基本满意", en: "Fair" },
  poor: { zh: "不满意", en: "Poor" },
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// language: "zh", "en" or "both". Names fall back to the language that is there.
export function speaker(language) {
  const first = language === "en" ? "en" : "zh";
  const other = first === "en" ? "zh" : "en";

  function say(names) {
    const main = names[first] || names[other] || "";
    const sub = language === "both" && names.en !== main ? names.en : "";
    return { main, sub: sub || "" };
  }

  function word(key, values) {
    const fill = (text) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name]);
    const text = say(WORDS[key]);
    return { main: fill(text.main), sub: fill(text.sub) };
  }

  // What must be understood by everyone who sees the picture, in both languages always.
  function bilingual(key) {
    return { main: WORDS[key][first], sub: WORDS[key][other] };
  }

  // How final a figure is must be understood by everyone who sees the picture: a Chinese picture
  // says it in English too.
  function status(key) {
    const { zh, en } = WORDS[key];
    return first === "en" ? { main: capital(en), sub: "" } : { main: zh, sub: en.toLowerCase() };
  }

  return { say, word, bilingual, status };
}

// 12034 → "12,034", in both languages.
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}
