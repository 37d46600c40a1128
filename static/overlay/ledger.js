// What the look-back card and the board by delivery say: from the ledger's word to texts. No DOM.
// The figures, the difference included, are the server's.

import { grouped } from "./language.js";

const TONES = {
  verified: "good", claimed: "mid", disputed: "mid", rescheduled: "mid", overdue: "poor", broken: "poor",
  made: "mid", accepted: "mid", in_progress: "mid",
};

// head: what every picture has.
export function lookbackPicture(graphic, head, speak) {
  const found = graphic.segment && graphic.segment.lookback;
  if (!found) return Object.assign(head, { pledge: "", promise: "", state: null, facts: [], then: null, now: null, difference: null });
  const tone = TONES[found.state] || "mid";
  return Object.assign(head, {
    // Below, and larger.
    pledge: "",
    title: speak.word("lookback"),
    promise: found.text,
    state: { tone, shape: tone, name: speak.word("state_" + found.state) },
    facts: factsOf(found, speak),
    then: scoreOf(found.then, "then", found.then, speak),
    now: scoreOf(found.now, "now", found.then, speak),
    difference: found.difference ? { label: speak.word("difference"), text: found.difference.replace("-", "−") } : null,
  });
}

function factsOf(found, speak) {
  const fact = (key, text, tone) => ({ label: speak.word(key), text, tone: tone || "" });
  return [
    fact("due", found.due),
    found.dues.length ? fact("earlier", found.dues.join(" / ")) : null,
    found.days_late ? fact("days_late", speak.word("days", { n: grouped(found.days_late) }).main, "poor") : null,
    found.evidence ? fact("evidence", speak.word("files", { n: grouped(found.evidence) }).main) : null,
  ].filter(Boolean);
}

// score null: not given yet. by: of the rules of then, by which both are.
function scoreOf(score, key, by, speak) {
  const label = speak.word(key);
  if (!score || !by) return { label, figure: "–", suffix: "", level: null, about: speak.word(key === "now" ? "not_yet" : "no_score").main };
  const votes = score.N ? grouped(score.n) + " / " + grouped(score.N) : grouped(score.n + score.online);
  return {
    label,
    figure: score.figure || "–",
    suffix: score.figure ? speak.word(by.unit).main : "",
    level: score.level ? { tone: score.level, shape: score.level, name: speak.say(score.level_name || {}) } : null,
    about: speak.word("votes", { n: votes }).main,
  };
}

// The board's own picture, with what was kept in the place of a score.
export function deliveryPicture(view, head, speak) {
  const rows = view.deliveries || [];
  const first = rows.filter((row) => row.rank === 1);
  return Object.assign(head, {
    title: speak.word("delivery"),
    show: speak.say(view.episode.show),
    episode: speak.say(view.episode.title),
    empty: speak.word("delivery_empty"),
    headings: {
      rank: speak.word("rank"), who: speak.word("who"), studio: speak.word("kept_of"), online: speak.word("in_time"),
      level: speak.word("days_late"), score: speak.word("kept"),
    },
    rows: rows.map((row) => ({
      key: row.unit.zh,
      rank: row.rank ? String(row.rank) : "–",
      unit: speak.say(row.unit),
      post: { main: "", sub: "" },
      figure: row.percent,
      none: row.days_late ? speak.word("days", { n: grouped(row.days_late) }) : { main: "–", sub: "" },
      level: null,
      studio: row.kept + " / " + row.due,
      online: String(row.in_time),
      gold: row.rank === 1 && first.length === 1,
    })),
  });
}
