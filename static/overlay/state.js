// What the overlay knows: the newest view and the newest tally of each run. No DOM, no clock.

export const EMPTY = { epoch: "", rev: 0, view: null, tallies: {} };

const STEPS = { state: stated, tally: counted };

// The state after one message. Messages that are old or none of our business change nothing, and
// no message takes the last good picture away: that is what stays on air while the line is cut.
export function apply(state, message) {
  const step = STEPS[message.t];
  return step ? step(state, message) : state;
}

// A state is whole: it replaces the view. Within one history it never goes back.
function stated(state, message) {
  const same = message.epoch === state.epoch;
  if (same && message.rev < state.rev) return state;
  const goes_on = same && episodeOf(state.view) === episodeOf(message.view);
  return {
    epoch: message.epoch,
    rev: message.rev,
    view: message.view,
    tallies: goes_on ? state.tallies : {},
  };
}

// Tallies are kept for runs that no graphic shows yet: the director may take one between two beats.
// Equal sizes pass: at reveal the counts of a held run arrive with the size that was known.
function counted(state, message) {
  const known = state.tallies[message.run];
  if (known && message.size < known.size) return state;
  return Object.assign({}, state, {
    tallies: Object.assign({}, state.tallies, { [message.run]: message }),
  });
}

const episodeOf = (view) => (view ? view.episode.id : "");

// The graphics to draw. A preview shows what comes next, also while the air is blanked.
export function graphicsOf(state, show) {
  if (!state.view) return [];
  if (show === "preview") return state.view.preview ? [state.view.preview] : [];
  return state.view.programme;
}

export function blankedOf(state, show) {
  return show !== "preview" && Boolean(state.view && state.view.blanked);
}

// What may be shown of a run's count. known: some count has arrived. result is null where there is
// none or it is held: the wire keeps held counts back, and so does this page should the wire fail to.
export function countOf(state, graphic) {
  const run = graphic.run;
  if (!run) return { known: false, result: null, n: 0, N: 0, online: 0, size: 0 };
  const tally = state.tallies[run.id];
  const live = tally && run.visibility === "live" ? tally.live : null;
  const result = graphic.result || live;
  const none = { n: 0, N: eligibleOf(run), online: 0, size: 0 };
  const { n, N, online, size } = result || tally || none;
  return { known: Boolean(result || tally), result, n, N, online, size };
}

function eligibleOf(run) {
  return Object.keys(run.eligible).reduce((sum, panel) => sum + run.eligible[panel], 0);
}
