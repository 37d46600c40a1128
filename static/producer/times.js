// Times as people read them, in the zone of this computer, which is named beside them.

import { lang } from "../shared/words.js";

const formats = new Map();

function format(options) {
  const key = lang() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(lang() === "zh" ? "zh-CN" : "en-GB", options));
  return formats.get(key);
}

// "20:15:03"
export const clock = (ms) => format({ hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(ms);

// "2026/11/24"
export const day = (ms) => format({ year: "numeric", month: "2-digit", day: "2-digit" }).format(ms);

// "3:07" of milliseconds
export function elapsed(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

// "GMT+8"
export const zone = () => format({ timeZoneName: "short" }).formatToParts(0).find((part) => part.type === "timeZoneName").value;
