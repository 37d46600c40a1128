// The pledge ledger's page: what the server says, drawn anew after every action and every minute.

import { html, render } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { lang, setLang } from "../shared/words.js";
import { Page } from "./page.js";
import { TABS, maySee } from "./state.js";

const LOOK_MS = 60_000;

const root = document.getElementById("page");
let state = { account: null, known: false, data: null, offline: false, filter: { text: "", unit: "", state: "" }, open: "" };
let drawing = false;

function draw() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    render(html`<${Page} desk=${desk} />`, root);
  });
}

function set(changes) {
  state = { ...state, ...changes };
  draw();
}

function tab() {
  const name = location.hash.slice(1).split("/")[0];
  const open = TABS.filter((one) => maySee(state.account, one));
  return open.includes(name) ? name : open[0];
}

async function load() {
  try {
    const { account } = await api("GET", "/api/session");
    const data = await api("GET", "/api/ledger");
    set({ account, known: true, data, offline: false });
  } catch (error) {
    set({ offline: true });
  }
}

const desk = {
  get state() { return state; },
  get tab() { return tab(); },
  set,
  // A command; rejects with the refusal. The page then shows what the server has.
  async command(name, args) {
    try {
      await api("POST", "/api/ledger/command", { name, args });
    } finally {
      await load();
    }
  },
  // Shows one pledge, whichever part and filter the page is in.
  show(id) {
    set({ open: id, filter: { text: "", unit: "", state: "" } });
    location.hash = "pledges";
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const card = document.getElementById(`pledge-${id}`);
      if (card) card.querySelector("button").focus();
    }));
  },
  switchLang() {
    setLang(lang() === "zh" ? "en" : "zh");
    draw();
  },
  async logout() {
    await api("POST", "/api/logout").catch(() => {});
    await load();
  },
};

addEventListener("hashchange", draw);
addEventListener("pageshow", load);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && load());
setInterval(() => document.visibilityState === "visible" && load(), LOOK_MS);

setLang(lang());
draw();
