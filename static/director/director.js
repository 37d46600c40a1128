// The director's console: signs in, finds the episode, keeps the line, draws.

import { html, render } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { openLink } from "../shared/link.js";
import { lang, pick, setLang } from "../shared/words.js";
import { App } from "./app.js";
import { Choose } from "./choose.js";
import { listen } from "./keys.js";
import { EMPTY, apply } from "./state.js";
import { Waiting } from "./warnings.js";
import { t } from "./words.js";

const root = document.getElementById("desk");
const asked = new URLSearchParams(location.search);
const SIGN_IN = 4401;
const NO_EPISODE = 4404;

let state = EMPTY;
let link = null;
let due = 0;

// Many messages, one drawing.
function draw() {
  due = due || requestAnimationFrame(drawNow);
}

function drawNow() {
  due = 0;
  document.title = `${state.view ? pick(state.view.episode.title) + " · " : ""}${t("director")}`;
  const desk = { state, order: link.order, now: link.now, tell };
  render(state.view ? html`<${App} desk=${desk} redraw=${draw} />` : html`<${Waiting} line=${state.line} />`, root);
}

function tell(message) {
  const next = apply(state, message);
  if (next !== state) draw();
  state = next;
}

function toLogin() {
  location.replace("/login?" + new URLSearchParams({ next: location.pathname + location.search }));
}

const choose = (missing = "") => render(html`<${Choose} missing=${missing} />`, root);

function direct(episode) {
  let lost = false; // there is no such episode: the list of episodes has the page
  function onStatus(status) {
    if (lost) return;
    const code = link.closeCode;
    if (status === "stopped" && code === SIGN_IN) return toLogin();
    if (status === "offline" && code === NO_EPISODE && !state.view) {
      lost = true;
      link.close();
      return choose(episode);
    }
    tell({ t: "line", status, code, since: link.now() });
  }
  link = openLink({ channel: "staff", episode, onMessage: tell, onStatus });
  listen();
  draw();
}

async function start() {
  setLang(lang()); // ?lang= is a choice too: kept for the pages that follow
  // Without an answer the line below goes on trying.
  const session = await api("GET", "/api/session").catch(() => null);
  if (session && !session.account) return toLogin();
  const episode = asked.get("episode") || (session && session.on) || "";
  if (session && (asked.has("choose") || !episode)) return choose();
  direct(episode);
}

start();
