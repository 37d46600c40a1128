// When what happens, for a renderer that is not in real time: the same moment must look the same
// however one came to it. No DOM, no clock.

// After an action things move, and are drawn in fine steps; then only clocks do.
export const FINE_MS = 5;
export const COARSE_MS = 100;
export const MOVING_MS = 2000;
// Further back than this everything may move in coarse steps: it has come to rest since, and an
// answer is due however far one goes.
export const NEAR_MS = 10000;

// Actions in the order of their time; those without one are not played. Equal times keep the
// order that the host gave.
export function scheduleOf(given) {
  const list = Array.isArray(given) ? given : [];
  return list
    .filter((entry) => entry && entry.action && Number.isFinite(Number(entry.timestamp)))
    .map((entry, i) => ({ at_ms: Math.max(0, Number(entry.timestamp)), action: entry.action, i }))
    .sort((a, b) => a.at_ms - b.at_ms || a.i - b.i);
}

// The next moment to draw after `now`, at most `end`; null at the end. Moments lie on one grid from
// action to action, whatever `end` is: between two of them the earlier one is drawn.
export function nextStep(schedule, now, end) {
  const began = schedule.reduce((last, entry) => (entry.at_ms <= now ? entry.at_ms : last), 0);
  const following = schedule.find((entry) => entry.at_ms > now);
  const goal = following ? Math.min(following.at_ms, end) : end;
  const moving = now - began < MOVING_MS;
  const step = moving && end - now <= NEAR_MS ? FINE_MS : COARSE_MS;
  // At rest until shortly before the goal: clocks are a matter of the moment alone.
  const leap = moving ? 0 : Math.max(0, Math.floor((goal - MOVING_MS - now) / COARSE_MS));
  const next = Math.min(following ? following.at_ms : Infinity, now + (leap || 1) * step);
  return next <= end ? next : null;
}
