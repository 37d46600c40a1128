// The receipt page: asks for a proof, checks it, and shows what was found. The fragment is read
// here and never sent as part of an address.

import { api } from "../shared/api.js";
import { lang, markLang, setLang, words } from "../shared/words.js";
import { check, readReceipt, verdict } from "./proof.js";
import dictionary from "./words.js";

const TRIES = 20;
const MARKS = { proven: "✓", unchecked: "○", checking: "…", not_yet: "…" };
const CHECKED = { true: "✓", false: "✕", null: "○" };
const $ = (id) => document.getElementById(id);
const say = words(dictionary);

// {kind, values, asked, proof, found}: what is shown; kind "" is nothing yet.
let shown = { kind: "" };
let asking = 0;

const put = (id, text) => { $(id).textContent = text; };
const time = (ms) => new Date(ms).toLocaleString(lang() === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "medium" });

function make(tag, ...children) {
  const element = document.createElement(tag);
  element.append(...children);
  return element;
}

function draw() {
  ["title", "lang", "intro", "text_hint", "go"].forEach((id) => put(id, say(id)));
  put("text_name", say("text"));
  put("more_name", say("more"));
  put("more_say", say("more_say"));
  document.title = `${say("title")} · livevote`;
  const { kind, values, proof, found } = shown;
  $("answer").hidden = !kind;
  $("answer").className = kind;
  $("facts").hidden = !found;
  put("rehearsal", proof && proof.rehearsal ? say("rehearsal") : "");
  if (!kind) return;
  put("mark", MARKS[kind] || "✕");
  put("verdict", say(kind, values));
  put("verdict_say", say(kind + "_say", values && { ...values, at: time(values.time_ms) }));
  if (found) drawFacts(proof, found);
}

function drawFacts({ ballot, note, key }, { checks }) {
  $("checks").replaceChildren(...Object.entries(checks).map(([name, is]) => {
    const item = make("li", make("b", CHECKED[is] + " "), `${say("check_" + name)}: ${say("is_" + is)}`);
    item.className = "is_" + is;
    return item;
  }));
  const rows = [["value", ballot.value], ["panel", ballot.panel], ["seq", ballot.seq], ["received", time(ballot.received_ms)], ["voter", ballot.voter]];
  $("ballot").replaceChildren(...rows.flatMap(([name, text]) => [make("dt", say(name)), make("dd", String(text))]), make("dd", say("later")));
  $("ballot").lastChild.className = "quiet";
  put("note", note);
  put("key", key);
}

function show(state) {
  shown = state;
  draw();
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

async function prove(typed) {
  const asked = readReceipt(typed);
  const mine = ++asking; // an older question's answer is not shown
  if (!asked) return show({ kind: typed.trim() ? "bad_form" : "" });
  show({ kind: "checking" });
  for (let tries = 1; ; tries += 1) {
    try {
      const proof = await api("POST", "/api/receipt", asked);
      const found = await check(asked, proof, crypto.subtle);
      const values = { ...found, index: asked.index, run: proof.code };
      if (mine === asking) show({ kind: verdict(found), values, proof, found });
      return undefined;
    } catch (error) {
      if (mine !== asking) return undefined;
      const told = error.code in dictionary ? error.code : error.code === "store_down" ? "offline" : "other";
      show({ kind: told, values: { message: error.message } });
      if (told !== "not_yet" || tries === TRIES) return undefined;
      await wait(error.retry_after_ms || 1000);
      if (mine !== asking) return undefined;
    }
  }
}

function open() {
  const link = decodeURIComponent(location.hash.slice(1));
  if (link) $("text").value = link;
  prove($("text").value);
}

$("form").onsubmit = (event) => {
  event.preventDefault();
  prove($("text").value);
};
$("lang").onclick = () => {
  setLang(lang() === "zh" ? "en" : "zh");
  draw();
};
addEventListener("hashchange", open);
markLang();
draw();
open();
