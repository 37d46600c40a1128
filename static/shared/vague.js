// Words that promise without saying when, how much or whether at all: read out on air, they cannot
// be checked later. Each with what to ask instead. Pure.

const WHEN = { zh: "具体哪一天之前？", en: "By which date?" };
const HOW_MUCH = { zh: "做到多少？用什么衡量？", en: "How much, and measured how?" };
const WHETHER = { zh: "能不能保证？保证到哪一步？", en: "Is it certain? What is certain?" };

const VAGUE = [
  [WHEN, ["近期", "尽快", "尽早", "即将", "马上", "抓紧", "适时", "早日", "as soon as possible", "soon", "shortly",
    "immediately", "in the near future"]],
  [HOW_MUCH, ["进一步", "逐步", "大力", "加大力度", "明显改善", "significantly", "gradually", "step by step"]],
  [WHETHER, ["争取", "力争", "尽量", "尽力", "try to", "do our best", "as far as possible"]],
];

// [{word, ask}] of a text, each word once and without words that are part of another one.
export function vagueIn(text) {
  const lower = text.toLowerCase();
  const there = (word) =>
    (/^[a-z ]+$/.test(word) ? new RegExp(`\\b${word}\\b`).test(lower) : lower.includes(word));
  const found = VAGUE.flatMap(([ask, list]) => list.filter(there).map((word) => ({ word, ask })));
  return found.filter(({ word }) => !found.some((other) => other.word !== word && other.word.includes(word)));
}
