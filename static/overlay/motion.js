// How numbers and boxes move. Pure: time comes in as dt, in milliseconds since the last frame.

// A shown number covers 63 % of what is left in this time: 10 frames a second become 50 or 60.
export const TAU_MS = 120;
// After a stall a number goes on from where it was, instead of leaping.
export const DT_MAX_MS = 100;
// After close the exact figures stand within 300 ms: this, and the frame that passes it.
export const SNAP_MS = 280;
export const IN_MS = 320;
export const OUT_MS = 200;

// values: what is shown, by key. left_ms: until the exact figures must stand.
export const STILL = { values: {}, left_ms: SNAP_MS };

// One frame nearer to the target, and onto it where people could not see the difference.
export function approach(shown, target, dt_ms, epsilon) {
  const next = shown + (target - shown) * (1 - Math.exp(-Math.min(dt_ms, DT_MAX_MS) / TAU_MS));
  return Math.abs(target - next) < epsilon ? target : next;
}

// The next frame of all numbers of a graphic. targets: key → [number, epsilon]. While `counting`
// they approach; then they are led onto their targets in the time that is left, by the real time
// and not the capped one: a slow machine keeps the promise in fewer steps. A number that was not
// there yet starts on its target.
export function roll(motion, targets, counting, dt_ms) {
  const left_ms = counting ? SNAP_MS : Math.max(0, motion.left_ms - dt_ms);
  const values = {};
  Object.keys(targets).forEach((key) => {
    const [target, epsilon] = targets[key];
    const shown = key in motion.values ? motion.values[key] : target;
    const next = approach(shown, target, dt_ms, epsilon);
    values[key] = counting ? next : lead(shown, next, target, dt_ms, left_ms);
  });
  return { values, left_ms };
}

// The last stretch is even, so that the exact figure arrives in time without a jerk.
function lead(shown, next, target, dt_ms, left_ms) {
  if (left_ms === 0) return target;
  const even = shown + (target - shown) * Math.min(1, dt_ms / (left_ms + dt_ms));
  return Math.abs(target - even) < Math.abs(target - next) ? even : next;
}

// Whole percents of `parts` (0 or more each) that add up to 100 by the largest remainder; equal
// remainders go to the earlier part. Zeros where there is nothing.
export function percents(parts) {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  if (whole <= 0) return parts.map(() => 0);
  const exact = parts.map((part) => (100 * part) / whole);
  const floors = exact.map(Math.floor);
  const missing = 100 - floors.reduce((sum, floor) => sum + floor, 0);
  const byRemainder = exact
    .map((value, i) => ({ i, left: value - floors[i] }))
    .sort((a, b) => b.left - a.left || a.i - b.i);
  byRemainder.slice(0, missing).forEach((part) => { floors[part.i] += 1; });
  return floors;
}

// The numbers of one graphic from frame to frame. They move only where people see them, and
// another run's numbers have nothing to do with the last one's.
export function roller() {
  let run = null;
  let motion = STILL;
  return function next(picture, dt_ms, seen) {
    if (!seen || picture.run !== run) motion = STILL;
    run = picture.run;
    motion = roll(motion, picture.targets, picture.counting, dt_ms);
    return motion.values;
  };
}

// How far on air a graphic is: 0 off, 1 on.
export function progressed(progress, entering, dt_ms) {
  const step = Math.min(dt_ms, DT_MAX_MS) / (entering ? IN_MS : -OUT_MS);
  return Math.min(1, Math.max(0, progress + step));
}

// Fast in, gentle arrival; read backwards on the way out: a gentle start.
export const easeOut = (progress) => 1 - (1 - progress) ** 3;

// Which page of a long list stands after `on_air_ms`, from 0.
export function pageAt(on_air_ms, pages, page_ms) {
  return Math.floor(on_air_ms / page_ms) % Math.max(1, pages);
}
