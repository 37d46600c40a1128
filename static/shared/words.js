// Which language a page speaks, and its words. A dictionary is {key: {zh, en}}.

const KEY = "livevote.lang";
const known = (l) => (l === "zh" || l === "en" ? l : "");

// Storage may be forbidden (private windows, some in-app browsers); then the choice lasts as long
// as the page.
function stored() {
  try { return known(localStorage.getItem(KEY)); } catch (e) { return ""; }
}

function guess() {
  const asked = known(new URLSearchParams(location.search).get("lang"));
  return asked || stored() || (/^en/i.test(navigator.language || "") ? "en" : "zh");
}

let spoken = "";

// "zh" or "en": ?lang=, then what was chosen here before, then the browser's, else Chinese.
export function lang() {
  return spoken || (spoken = guess());
}

// Tells screen readers and fonts which language the page is in.
export function markLang() {
  document.documentElement.lang = lang() === "zh" ? "zh-CN" : "en";
}

// Remembers the choice; drawing again is the page's business.
export function setLang(l) {
  spoken = known(l) || "zh";
  try { localStorage.setItem(KEY, spoken); } catch (e) { /* lasts as long as the page */ }
  markLang();
}

// The text of {zh, en} in the page's language, else in the other; a plain string is itself.
export function pick(names) {
  if (!names || typeof names === "string") return names || "";
  return names[lang()] || names.zh || names.en || "";
}

// words(dict)("key", {n: 3}): the text in the page's language with {n} filled in.
export function words(dict) {
  return (key, values) => {
    if (!dict[key]) throw new Error("no word for " + key);
    return pick(dict[key]).replace(/\{(\w+)\}/g, (whole, name) =>
      values && values[name] !== undefined ? String(values[name]) : whole);
  };
}

// A run's phases as people read them.
export const PHASES = {
  draft: { zh: "草稿", en: "Draft" },
  armed: { zh: "就绪", en: "Armed" },
  open: { zh: "投票中", en: "Open" },
  paused: { zh: "暂停", en: "Paused" },
  closing: { zh: "收票中", en: "Closing" },
  closed: { zh: "已截止", en: "Closed" },
  verified: { zh: "已核验", en: "Verified" },
  revealed: { zh: "已公布", en: "Revealed" },
  void: { zh: "已作废", en: "Void" },
};
