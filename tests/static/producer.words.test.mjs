import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import { hasWord } from "../../static/producer/words.js";
import { ACTIONS, USUAL } from "../../static/producer/actions.js";

const folder = new URL("../../static/producer/", import.meta.url);
const sources = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".js"))
  .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
const dictionary = readFileSync(new URL("words.js", folder), "utf8");

test("every word that a part says is in the dictionary", () => {
  // scoring.js has sentences of its own.
  const said = sources.filter(([name]) => name !== "scoring.js")
    .flatMap(([name, text]) => [...text.matchAll(/\bt\("(\w+)"/g)].map((match) => [name, match[1]]));
  assert.ok(said.length > 150);
  for (const [name, key] of said) assert.ok(hasWord(key), `${name} says ${key}`);
});

test("words that are put together exist for every part they are made of", () => {
  const roles = readFileSync(new URL("../../livevote/web/roles.py", import.meta.url), "utf8");
  const feeds = roles.slice(roles.indexOf("FEEDS = {"), roles.indexOf("EVENTS, SOCKET ="));
  const made = {
    tab: ["shows", "rundown", "roster", "rules", "overlay", "rehearsal", "results", "people"],
    rehearsal_how: ["seats", "audience", "director", "door"],
    audience: ["good", "mid", "poor"],
    replay: ["run", "kind", "speed"],
    replay_kind: ["bar", "side", "result", "countdown", "pledge", "board"],
    replay_to: ["open", "close", "reveal"],
    did: ["move", "add", "remove", "paste", "import", "generate", "discard", "scale", "defaults"],
    line: ["connecting", "offline", "stopped"],
    kind: ["labels", "numbers"],
    face: ["happy", "plain", "sad", "none"],
    admission: ["seats", "viewers"],
    role: ["counting", "advisory", "off", "owner", "producer", "director", "verifier", "overlay"],
    estimator: ["mean", "trimmed_mean", "median", "satisfaction", "share"],
    level: ["good", "mid", "poor"],
    tie: ["satisfied", "voters", "rundown"],
    scale: ["low", "high", "step", "satisfied_from"],
    export: ["csv", "xlsx", "json", "pdf", "bundle"],
    unit: ["points", "percent"],
    act: ACTIONS,
    feed: [...feeds.matchAll(/^ +"([\w.]+)": "/gm)].map((match) => match[1]).concat("events", "socket"),
    drawing: ["drawing", "slow", "still", "silent", "waiting"],
    column: ["unit_zh", "unit_en", "post_zh", "post_en", "film", "question", "pledge", "due", "target"],
  };
  for (const [prefix, endings] of Object.entries(made)) {
    for (const ending of endings) assert.ok(hasWord(`${prefix}_${ending}`), `${prefix}_${ending}`);
  }
  for (const key of sources.flatMap(([, text]) => [...text.matchAll(/\bkey: "(\w+)"/g)].map((match) => match[1]))) {
    if (key !== "label" && key !== "block" && key !== "panel") assert.ok(hasWord(key), key);
  }
});

test("every event of an episode has its words", () => {
  const events = readFileSync(new URL("../../livevote/core/event.py", import.meta.url), "utf8");
  const own = events.slice(events.indexOf("# --- the episode"), events.indexOf("# --- the catalogue"));
  const names = [...own.matchAll(/^class (\w+)\(Event\)/gm)].map((match) => match[1].replace(/(?<!^)(?=[A-Z])/g, "_").toLowerCase());
  assert.ok(names.length > 20);
  for (const name of names) assert.ok(hasWord(`event_${name}`), name);
});

test("every word is there in both languages with the same places to fill", () => {
  const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort().join();
  const entries = [...dictionary.matchAll(/([\w.]+)"?: \{\s*zh: "([^"]*)",\s*en: "([^"]*)",?\s*\}/g)];
  assert.ok(entries.length > 300);
  for (const [, key, zh, en] of entries) {
    assert.ok(zh && en, key);
    assert.equal(holes(zh), holes(en), key);
  }
});

test("what a control key may press is what the server says", () => {
  const source = readFileSync(new URL("../../livevote/hub/control.py", import.meta.url), "utf8");
  const table = source.slice(source.indexOf("ACTIONS: dict"), source.indexOf("_TWO ="));
  const rows = [...table.matchAll(/"(\w+)": Action\((.*)\)/g)];
  assert.deepEqual(ACTIONS, rows.map(([, name]) => name));
  const held = rows.filter(([, , made]) => made.includes("held=True")).map(([, name]) => name);
  assert.ok(held.length > 2 && USUAL.every((name) => ACTIONS.includes(name) && !held.includes(name)));
});
