// The one step that the graphic has: 0 is on air, undefined is off.

const STEPS = 1;

const number = (given) => (given === undefined || given === null || given === "" ? NaN : Number(given));

// The step after playAction. goto counts where it is 0 or more, else delta (1 where none is given)
// from the step there is, or from before the first.
export function targetOf(step, given) {
  const goto_step = number(given.goto);
  const delta = number(given.delta);
  const from = step === undefined ? -1 : step;
  const target = goto_step >= 0 ? goto_step : from + (isFinite(delta) ? delta : 1);
  return target >= 0 && target < STEPS ? Math.floor(target) : undefined;
}
