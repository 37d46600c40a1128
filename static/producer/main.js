// The producer's page: one state, drawn anew after every message.

import { html, render } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { openLink } from "../shared/link.js";
import { lang, setLang } from "../shared/words.js";
import { apply, EMPTY, SECTIONS, isDirty } from "./state.js";
import { Page } from "./page.js";
import { TABS } from "./tabs.js";

// Another's change between our look and our save sends us back to look again; so often at most.
const SAVE_TRIES = 4;

const root = document.getElementById("page");
let state = EMPTY;
let link = null;
let drawing = false;

// Many messages in one turn are one drawing.
function draw() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    render(html`<${Page} desk=${desk} />`, root);
  });
}

function tell(message) {
  state = apply(state, message);
  draw();
}

// --- where we are: ?episode= and #tab ---

const asked = () => new URLSearchParams(location.search).get("episode") || "";

function tab() {
  const name = location.hash.slice(1);
  const open = TABS.filter((one) => one.open(state.account));
  return (open.find((one) => one.name === name) || open[0]).name;
}

function choose(episode) {
  if (episode === state.chosen) return;
  tell({ t: "choose", episode });
  history.replaceState(null, "", `?${new URLSearchParams({ episode })}${location.hash}`);
  connect();
}

// A link of its own for each episode; the one before may still have something to say.
function connect() {
  if (link) link.close();
  link = null;
  tell({ t: "line", status: "connecting", code: 0 });
  if (!state.chosen || !mayRead()) return;
  const mine = openLink({
    channel: "staff",
    episode: state.chosen,
    onMessage: (message) => mine === link && tell(message),
    onStatus: (status) => mine === link && tell({ t: "line", status, code: mine.closeCode }),
  });
  link = mine;
}

// --- what the page can do ---

const has = (...roles) => Boolean(state.account) && roles.some((role) => state.account.roles.includes(role));
const mayRead = () => has("producer", "director", "verifier");
const path = (rest) => `/api/episodes/${encodeURIComponent(state.chosen)}/${rest}`;

// A command to the episode; rejects with the refusal. expect 0: whatever the revision is.
const order = (name, args, expect = 0) => api("POST", path("command"), { name, args, expect });

async function loadCatalogue() {
  tell({ t: "catalogue", catalogue: await api("GET", "/api/shows") });
}

async function lookAgain() {
  tell(await api("GET", `/api/episodes/${encodeURIComponent(state.chosen)}`));
}

// What is wrong gets the focus, once it is drawn: the cell then says why.
function showWrong(message) {
  tell(message);
  requestAnimationFrame(() => {
    const cell = root.querySelector('main [aria-invalid="true"]');
    if (cell) cell.focus();
  });
}

// Saves a section on the newest revision. Where somebody was faster, their change is merged in;
// if it touches the same parts, the producer decides first.
async function save(section) {
  const { command, arg, tidy, check } = SECTIONS[section];
  if (!has("producer") || !state.drafts[section] || state.drafts[section].saving) return;
  const episode = state.chosen;
  for (let tries = 1; ; tries++) {
    const sent = tidy(state.drafts[section].mine);
    const wrong = check(sent, state.view);
    if (Object.keys(wrong).length) return showWrong({ t: "wrong", section, sent, wrong });
    tell({ t: "saving", section, sent });
    const { rev } = state;
    try {
      await order(command, { [arg]: sent }, rev);
      if (episode === state.chosen) tell({ t: "saved", section, sent, now: Date.now() });
      if (section === "title") loadCatalogue();
      // Signed in again, in another tab: follow the show again too.
      if (state.line.status === "stopped") connect();
      return;
    } catch (error) {
      if (episode !== state.chosen) return;
      const again = error.code === "revision_mismatch" && tries < SAVE_TRIES && (await caughtUp(section, rev));
      if (!again) return showWrong({ t: "refused", section, error });
    }
  }
}

// Whether we have seen what came after `rev` and the save may go on without asking.
async function caughtUp(section, rev) {
  if (state.rev === rev) await lookAgain().catch(() => {});
  return state.rev > rev && state.drafts[section].clashes.length === 0;
}

// One object for all components; `state` in it is always the newest.
const desk = {
  get state() { return state; },
  get tab() { return tab(); },
  get can() { return has("producer"); },
  has, tell, save, order, path, choose, loadCatalogue,
  switchLang() {
    setLang(lang() === "zh" ? "en" : "zh");
    draw();
  },
  async logout() {
    await api("POST", "/api/logout").catch(() => {});
    location.assign("/login");
  },
};

// --- start ---

function signIn() {
  const next = location.pathname + location.search + location.hash;
  location.replace(`/login?${new URLSearchParams({ next })}`);
}

// The episode in the address, else the one that is on, else the newest.
function firstEpisode({ shows, on }) {
  const all = shows.flatMap((show) => show.episodes);
  const known = (id) => all.some((episode) => episode.id === id);
  const newest = all.reduce((best, episode) => (best && best.created_ms > episode.created_ms ? best : episode), null);
  return [asked(), on].find(known) || (newest ? newest.id : "");
}

async function start() {
  try {
    const { account } = await api("GET", "/api/session");
    if (!account) return signIn();
    tell({ t: "account", account });
    await loadCatalogue();
    choose(firstEpisode(state.catalogue));
  } catch (error) {
    if (error.code === "not_signed_in") return signIn();
    tell({ t: "line", status: "offline", code: 0 });
    setTimeout(start, 3000);
  }
}

const dirty = () => Object.values(state.drafts).some(isDirty);

addEventListener("hashchange", draw);
addEventListener("beforeunload", (event) => {
  if (dirty()) event.preventDefault();
});
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  const { sections } = TABS.find((one) => one.name === tab());
  sections.filter((section) => state.drafts[section] && isDirty(state.drafts[section])).forEach(save);
});

setLang(lang());
draw();
start();
