import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

globalThis.location = { search: "?lang=zh" };
const { WORDS, eventName, t } = await import("../../static/director/words.js");

const folder = new URL("../../static/director/", import.meta.url);
const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".js") && name !== "words.js")
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");
const python = (name) => readFileSync(new URL(`../../livevote/${name}.py`, import.meta.url), "utf8");

const holes = (text) => (text.match(/\{\w+\}/g) || []).sort();

test("each text is there in both languages with the same places to fill", () => {
  for (const [key, { zh, en }] of Object.entries(WORDS)) {
    assert.ok(zh && en, key);
    if (key !== "seats_more") assert.deepEqual(holes(zh), holes(en), key);
  }
});

test("every word that the pages ask for by name exists", () => {
  const asked = new Set(Array.from(sources.matchAll(/\bt\("(\w+)"/g), (found) => found[1]));
  assert.ok(asked.size > 80);
  assert.deepEqual(Array.from(asked).filter((key) => !WORDS[key] && !PREFIXES.includes(key)), []);
});

// Words that are put together: "off_" + why.
const PREFIXES = Array.from(sources.matchAll(/"(\w+_)" \+/g), (found) => found[1]);

test("no word is left over", () => {
  const used = (key) => sources.includes(`"${key}"`) || PREFIXES.some((prefix) => key.startsWith(prefix)) || BY_DATA.has(key);
  assert.deepEqual(Object.keys(WORDS).filter((key) => !used(key)), []);
});

// Named by what the server sends: units and estimators.
const BY_DATA = new Set(["points", "percent", "mean", "trimmed_mean", "median", "satisfaction", "share"]);

test("units, estimators and graphics of the server have words", () => {
  const values = (name, source) => {
    const body = new RegExp(`class ${name}\\(StrEnum\\):(.*?)\\n\\n\\n`, "s").exec(python(source))[1];
    return Array.from(body.matchAll(/ = "(\w+)"/g), (found) => found[1]);
  };
  const wanted = [...values("Unit", "core/rules"), ...values("EstimatorKind", "core/rules"), ...values("GraphicKind", "core/model")];
  assert.ok(wanted.length >= 12);
  assert.deepEqual(wanted.filter((value) => !WORDS[value]), []);
});

test("every event that an episode can log has a name in the journal", () => {
  const episode = python("core/event").split("# --- the catalogue")[0];
  const events = Array.from(episode.matchAll(/^class (\w+)\(Event\)/gm), (found) => found[1].replace(/(?!^)([A-Z])/g, "_$1").toLowerCase());
  assert.ok(events.length > 20);
  assert.deepEqual(events.filter((type) => eventName(type) === type), []);
  assert.equal(eventName("of_tomorrow"), "of_tomorrow");
});

test("refusals that the server can give have their own words", () => {
  assert.equal(t("refused_revision_mismatch").includes("别人"), true);
  const wanted = ["BadInput", "NotSignedIn", "NotAllowed", "NotFound", "WrongPhase", "RevisionMismatch", "Busy", "StoreDown"];
  const codes = wanted.map((name) => new RegExp(`class ${name}\\(.*?code = "(\\w+)"`, "s").exec(python("errors"))[1]);
  assert.deepEqual(codes.filter((code) => !WORDS["refused_" + code]), []);
});
