import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

// The module remembers the language: every case takes a fresh one.
let fresh = 0;
const load = ({ search = "", stored = null, browser = "zh-CN", forbidden = false } = {}) => {
  const kept = new Map(stored ? [["livevote.lang", stored]] : []);
  const page = { documentElement: { lang: "" } };
  const guard = () => { if (forbidden) throw new Error("forbidden"); };
  globalThis.location = { search };
  globalThis.document = page;
  globalThis.localStorage = { getItem: (k) => (guard(), kept.get(k) || null), setItem: (k, v) => (guard(), kept.set(k, v)) };
  Object.defineProperty(globalThis, "navigator", { value: { language: browser }, configurable: true });
  fresh += 1;
  return import("../../static/shared/words.js?" + fresh).then((words) => ({ ...words, kept, page }));
};

test("?lang= wins, then the choice made before, then the browser, else Chinese", async () => {
  assert.equal((await load({ search: "?lang=en", stored: "zh" })).lang(), "en");
  assert.equal((await load({ search: "?lang=fr", stored: "en" })).lang(), "en");
  assert.equal((await load({ browser: "en-GB" })).lang(), "en");
  assert.equal((await load({ browser: "fr" })).lang(), "zh");
  assert.equal((await load({ browser: "" })).lang(), "zh");
});

test("a choice is remembered and marks the document", async () => {
  const { setLang, lang, kept, page } = await load({ search: "?lang=zh" });
  setLang("en");
  assert.deepEqual([lang(), kept.get("livevote.lang"), page.documentElement.lang], ["en", "en", "en"]);
  setLang("zh");
  assert.equal(page.documentElement.lang, "zh-CN");
});

test("where storage is forbidden the choice lasts as long as the page", async () => {
  const { setLang, lang } = await load({ forbidden: true });
  setLang("en");
  assert.equal(lang(), "en");
});

test("names fall back to the other language", async () => {
  const { pick } = await load({ search: "?lang=en" });
  assert.equal(pick({ zh: "局长", en: "Director" }), "Director");
  assert.equal(pick({ zh: "局长", en: "" }), "局长");
  assert.equal(pick("as it is"), "as it is");
  assert.equal(pick(null), "");
});

test("places are filled; a place without a value stays visible; an unknown word is an error", async () => {
  const { words } = await load({ search: "?lang=en" });
  const say = words({ voted: { zh: "{n} 票", en: "{n} of {N} voted" } });
  assert.equal(say("voted", { n: 0, N: 200 }), "0 of 200 voted");
  assert.equal(say("voted", { n: 3 }), "3 of {N} voted");
  assert.throws(() => say("vote"), /vote/);
});

test("every phase of the server has a name in both languages", async () => {
  const { PHASES } = await load();
  const source = readFileSync(new URL("../../livevote/core/phase.py", import.meta.url), "utf8");
  const phases = Array.from(source.split("class Move")[0].matchAll(/= "(\w+)"/g), ([, phase]) => phase);
  assert.deepEqual(Object.keys(PHASES), phases);
  for (const phase of phases) assert.ok(PHASES[phase].zh && PHASES[phase].en, phase);
});
