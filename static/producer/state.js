// What the page knows and what the producer has typed but not saved. Pure: no page, no clock.
//
// Each section of an episode that can be edited has a draft: `base` is what the
// server had when typing began, `mine` is what stands in the form. Every newer
// state is merged into the draft at once, so that a save always rests on the
// newest revision and never takes back what somebody else did.

import { merge, same, write, read, byId } from "./merge.js";
import { checkSegments, isBlank, tidySegment } from "./segments.js";
import { checkSeats, tidySeat } from "./seats.js";
import { checkRules } from "./scoring.js";
import { tidy } from "./paste.js";

const UNDO_MAX = 30;

const seated = (view) => view.rules.panels.filter((panel) => panel.admission === "seats").map((panel) => panel.id);

// read: the section in a staff view. tidy: as the server will keep it. check: what it would refuse.
export const SECTIONS = {
  title: {
    command: "set_title", arg: "title",
    read: (view) => view.episode.title,
    tidy: (title) => ({ zh: tidy(title.zh), en: tidy(title.en) }),
    check: (title) => (title.zh || title.en ? {} : { zh: { key: "name_missing" } }),
  },
  rundown: {
    command: "set_rundown", arg: "segments",
    read: (view) => view.segments.map(tidySegment),
    tidy: (rows) => rows.filter((row) => !isBlank(row)).map(tidySegment),
    check: checkSegments,
  },
  roster: {
    command: "set_roster", arg: "seats",
    read: (view) => view.seats.map(tidySeat),
    tidy: (seats) => seats.filter((seat) => tidy(seat.label) || tidy(seat.block)).map(tidySeat),
    check: (seats, view) => checkSeats(seats, seated(view)),
  },
  rules: {
    command: "set_rules", arg: "rules",
    read: (view) => view.rules,
    tidy: (rules) => rules,
    check: checkRules,
  },
};

// What is known of one episode; forgotten when another is chosen.
const NO_EPISODE = {
  view: null,
  rev: 0,
  ops: null,
  tallies: {}, // run id → its newest tally frame
  drafts: {}, // section → draft, once there is a view
};

export const EMPTY = {
  account: null, // {name, roles}
  catalogue: null, // {shows, on}
  chosen: "", // the episode that this page is about
  line: { status: "connecting", code: 0 },
  ...NO_EPISODE,
};

const fresh = (value) => ({
  base: value,
  mine: value,
  clashes: [], // [{path, theirs}]: where somebody else changed the same
  undo: [], // [{mine, what}]: before each change that was more than typing
  wrong: {}, // path → {key, values} or {text}: what is wrong, shown at its place
  merged: false, // somebody else's change came into mine
  saving: false,
  saved_ms: 0,
  refusal: null,
});

// All episodes of a show, newest first, each with its rehearsals below it.
export function inOrder(episodes) {
  const newest = [...episodes].sort((a, b) => b.created_ms - a.created_ms);
  return newest.filter((one) => !one.rehearsal_of)
    .flatMap((real) => [real, ...newest.filter((one) => one.rehearsal_of === real.id)]);
}

export const rehearsalsOf = (catalogue, episode) =>
  catalogue.shows.flatMap((show) => inOrder(show.episodes)).filter((one) => one.rehearsal_of === episode);

export const isDirty = (draft) => !same(draft.mine, draft.base);

export function apply(state, message) {
  const step = STEPS[message.t];
  return step ? step(state, message) : state;
}

const STEPS = {
  account: (state, { account }) => ({ ...state, account }),
  catalogue: (state, { catalogue }) => ({ ...state, catalogue }),
  // Nothing that was typed for one episode may be saved into another.
  choose: (state, { episode }) => ({ ...state, ...NO_EPISODE, chosen: episode }),
  state(state, { rev, view }) {
    // A request and the socket may answer in any order, also after another episode was chosen.
    if (view.episode.id !== state.chosen || rev < state.rev) return state;
    const drafts = Object.fromEntries(Object.entries(SECTIONS).map(([name, section]) => {
      const theirs = section.read(view);
      return [name, state.view ? follow(state.drafts[name], theirs) : fresh(theirs)];
    }));
    return { ...state, rev, view, drafts };
  },
  tally(state, m) {
    const known = state.tallies[m.run];
    return known && m.size < known.size ? state : { ...state, tallies: { ...state.tallies, [m.run]: m } };
  },
  ops: (state, m) => ({ ...state, ops: m }),
  line: (state, m) => ({ ...state, line: { status: m.status, code: m.code } }),
  // Typing in one field. path: dotted, rows by index.
  type: (state, { section, path, value }) => change(state, section, (draft) => {
    const { [path]: _, ...wrong } = draft.wrong;
    return { mine: write(draft.mine, path, value), wrong, refusal: null, clashes: without(draft, path) };
  }),
  // Anything that moves, adds or takes out rows. what: its name, for the undo key.
  edit: (state, { section, value, what }) => change(state, section, (draft) => ({
    mine: value,
    wrong: {},
    refusal: null,
    undo: [...draft.undo, { mine: draft.mine, what }].slice(-UNDO_MAX),
  })),
  undo: (state, { section }) => change(state, section, ({ undo }) => ({
    mine: undo[undo.length - 1].mine, undo: undo.slice(0, -1), wrong: {},
  })),
  // Back to what the server has. It can be undone: what was typed is one key away.
  discard: (state, { section }) => change(state, section, (draft) => ({
    ...fresh(draft.base), undo: [...draft.undo, { mine: draft.mine, what: "discard" }].slice(-UNDO_MAX),
  })),
  // A clash is settled: theirs is taken, or mine is kept.
  settle: (state, { section, clash, take }) => change(state, section, (draft) => ({
    mine: take ? write(draft.mine, clash.path, clash.theirs) : draft.mine,
    clashes: draft.clashes.filter((other) => other !== clash),
  })),
  // sent: mine, tidied, so that places in it are places in the form.
  wrong: (state, { section, sent, wrong }) => change(state, section, () => ({ mine: sent, wrong, refusal: null })),
  saving: (state, { section, sent }) => change(state, section, () => ({
    mine: sent, saving: true, wrong: {}, refusal: null, merged: false,
  })),
  saved: (state, { section, sent, now }) => change(state, section, (draft) => ({
    // What was typed while the answer was on its way is still a change.
    base: sent, mine: same(SECTIONS[section].tidy(draft.mine), sent) ? sent : draft.mine,
    clashes: [], undo: [], saving: false, saved_ms: now,
  })),
  refused: (state, { section, error }) => change(state, section, (draft) => {
    const path = placeOf(error.where || "", section, draft.mine);
    return { saving: false, refusal: error, wrong: path ? { [path]: { text: error.message } } : {} };
  }),
};

function change(state, section, step) {
  const draft = state.drafts[section];
  if (!draft) return state;
  return { ...state, drafts: { ...state.drafts, [section]: { ...draft, ...step(draft) } } };
}

const without = (draft, path) =>
  draft.clashes.filter((clash) => clash.path.join(".") !== byId(draft.mine, path));

export const clashAt = (draft, path) =>
  draft.clashes.find((clash) => clash.path.join(".") === byId(draft.mine, path));

// The draft after the server has `theirs`.
function follow(draft, theirs) {
  if (same(theirs, draft.base)) return draft;
  const { value, clashes } = merge(draft.base, draft.mine, theirs);
  const again = new Set(clashes.map((clash) => clash.path.join(".")));
  const open = draft.clashes.filter((clash) => !again.has(clash.path.join(".")));
  const clean = same(value, theirs);
  return {
    ...draft,
    base: theirs,
    mine: clean ? theirs : value,
    clashes: clean ? [] : [...open, ...clashes],
    merged: !clean && !same(value, draft.mine),
    // An earlier state of mine would take back what they did.
    undo: [],
    wrong: {},
  };
}

// Where a refusal points, as a path into the section: "args.segments.3.unit" → "3.unit.zh".
// "" is the section as a whole.
export function placeOf(where, section, value) {
  const keys = where.split(".").filter(Boolean);
  if (keys.length === 0) return "";
  if (keys[0] === "args") keys.shift();
  if (keys[0] === SECTIONS[section].arg) keys.shift();
  const part = read(value, keys);
  if (part && typeof part === "object" && "zh" in part) keys.push("zh");
  return keys.join(".");
}
