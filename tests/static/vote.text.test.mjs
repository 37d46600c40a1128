import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";
import en from "../../static/vote/en.js";
import zh from "../../static/vote/zh.js";

const read = (path) => readFileSync(new URL("../../" + path, import.meta.url), "utf8");
const places = (text) => (text.match(/\{\w+\}/g) || []).sort();
const code = ["draw", "scale", "text"].map((name) => read(`static/vote/${name}.js`)).join("\n");

test("both languages say the same things with the same places", () => {
  assert.deepEqual(Object.keys(en), Object.keys(zh));
  for (const key of Object.keys(zh)) assert.deepEqual(places(en[key]), places(zh[key]), key);
});

test("every word that the page asks for by name exists", () => {
  const asked = Array.from(code.matchAll(/(?:say|named)\(\s*"(\w+)"(?! \+)/g), ([, key]) => key);
  assert.ok(asked.length > 20);
  for (const key of asked) assert.ok(key in zh, key);
});

test("every stage has a title, and what to know where draw.js asks for it", () => {
  const untitled = /UNTITLED = \[(.*?)\]/.exec(code)[1];
  const state = read("static/vote/state.js");
  const stages = Array.from(state.split("export function stage")[1].split("\n}")[0].matchAll(/"(\w+)"/g), ([, name]) => name)
    .filter((name) => !["stopped", "offline"].includes(name) || name in zh)
    .concat("bad_code", "code_used", "armed", "open", "paused", "closing", "closed", "verified", "revealed", "void");
  assert.ok(stages.includes("displaced") && stages.includes("waiting"));
  for (const stage of stages) {
    assert.ok(stage in zh, stage);
    if (!untitled.includes(`"${stage}"`)) assert.ok(stage + "_say" in zh, stage + "_say");
  }
});

test("every refusal of a ballot is told in words of its own", () => {
  const source = read("livevote/errors.py");
  const told = /^(\w+)\((?:BallotRefusal\)|Refusal\):\s+"""(?:Too much|The store))[\s\S]*?code = "(\w+)"/;
  const codes = source.split(/^class /m).map((text) => told.exec(text)).filter(Boolean).map((found) => found[2]);
  assert.ok(codes.length >= 10, String(codes));
  for (const name of codes) assert.ok("why_" + name in zh, name);
});

test("no word is left over", () => {
  const page = code + read("static/vote/state.js") + read("static/vote/main.js");
  const built = /^(why_|unit_)|_say$/;
  for (const key of Object.keys(zh)) {
    const used = page.includes(`"${key}"`) || page.includes(`"${key.replace(built, "")}"`) || built.test(key);
    assert.ok(used || ["armed", "closing", "closed", "verified", "void", "revealed"].includes(key), key);
  }
});

test("the pages for old browsers use no syntax younger than Chrome 71", () => {
  // Chrome 71 is the floor of CasparCG 2.3 and of old WeChat browsers.
  const young = /\?\.[a-zA-Z_[(]|\?\?|\.replaceAll\(|\.at\(|Object\.fromEntries|\.matchAll\(|Promise\.(any|allSettled)|\.replaceChildren\(|structuredClone|\|\|=|&&=|^\s+#\w+|^\s+static /m;
  const files = readdirSync(new URL("../../static/vote/", import.meta.url)).map((name) => "static/vote/" + name)
    .concat(["api", "held", "line", "link", "words"].map((name) => `static/shared/${name}.js`))
    .filter((name) => name.endsWith(".js"));
  for (const file of files) {
    const found = young.exec(read(file).replace(/\/\/.*$/gm, ""));
    assert.equal(found && found[0], null, file);
  }
  const css = read("static/vote/vote.css") + read("static/shared/tokens.css");
  const youngCss = /\binset:|aspect-ratio|clamp\(|\b(?:min|max)\(\s*\d|:is\(|:where\(|\bdvh\b|accent-color/.exec(css);
  assert.equal(youngCss && youngCss[0], null);
});
