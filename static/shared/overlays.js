// The connected overlays as consoles list them: which program, and whether it draws. Pure.

// The server warns by the same measure (hub/part.py). A heartbeat comes every 2 s.
export const SILENT_MS = 5000;
const SLOW_FPS = 24;

const PROGRAMS = new Map([
  ["obs", "OBS"], ["vmix", "vMix"], ["casparcg", "CasparCG"], ["spx", "SPX"], ["ograf", "OGraf"], ["xsplit", "XSplit"],
]);
const named = (text) => PROGRAMS.get(text.toLowerCase()) || text;

// "OBS 30.2.3", "vMix · Chrome 117": what the page's address or OBS said, else what the user agent
// says; "–" where neither does.
export function hostOf({ host = "", agent = "" }) {
  const program = agent.match(/\b(OBS|CasparCG|vMix|XSplit|SPX)\b[/ ]?([\d.]*)/i);
  if (program && (!host || named(host) === named(program[1]))) return `${named(program[1])} ${program[2]}`.trim();
  const browser = agent.match(/(Firefox|Chrome|Safari)\/(\d+)/);
  const parts = [host && named(host), browser ? `${browser[1]} ${browser[2]}` : ""].filter(Boolean);
  return parts.join(" · ") || "–";
}

// "waiting" (no heartbeat yet), "silent" (none any more), "still" (its host gives it no frames),
// "slow" or "drawing".
export function drawingOf({ age_ms, up_ms, fps }) {
  if (age_ms < 0) return up_ms > SILENT_MS ? "silent" : "waiting";
  if (age_ms > SILENT_MS) return "silent";
  if (fps === 0) return "still";
  return fps < SLOW_FPS ? "slow" : "drawing";
}

export const hasStopped = (overlay) => ["silent", "still"].includes(drawingOf(overlay));

export const isFullSize = ({ width, height }) => width === 1920 && height === 1080;
