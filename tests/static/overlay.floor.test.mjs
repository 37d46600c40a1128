// The floor of the overlay is Chrome 71 (CasparCG 2.3): nothing younger may be in any file that it
// loads. Found by following imports and links, so that a new file cannot slip by.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const STATIC = new URL("../../static/", import.meta.url);

const YOUNG_SCRIPT = {
  "optional chaining": /\?\.(?!\d)/,
  "nullish coalescing": /\?\?/,
  "logical assignment": /(\|\||&&)=/,
  "numeric separator": /\d_\d/,
  "private name": /[^\w$]#[a-z]/i,
  "class field": /\bclass\b[^{]*\{(?:[^{}]*;)?\s*(?:static\s+)?\w+\s*=[^=>]/,
  "young method": /\.(replaceAll|matchAll|at|findLast|findLastIndex|replaceChildren|toSorted|hasOwn)\(/,
  "young function": /\b(Object\.fromEntries|Promise\.(allSettled|any)|structuredClone|WeakRef)\b/,
};

const YOUNG_STYLE = {
  inset: /[;{\s]inset[\w-]*\s*:/,
  "flex gap": /[;{\s](row-|column-)?gap\s*:/,
  "aspect-ratio": /[;{\s]aspect-ratio\s*:/,
  "clamp, min, max": /[\s:(,](clamp|min|max)\(/,
  "young selector": /:(is|where|has)\(/,
  "transform as a property": /[;{\s](translate|scale|rotate)\s*:/,
  "overflow: clip": /overflow[\w-]*\s*:\s*clip/,
};

// Slow without a graphics card, or moving by itself.
const HEAVY_STYLE = {
  blur: /blur\(|backdrop-filter/,
  shadow: /(box|text)-shadow/,
  "motion outside of script": /[;{\s](animation|transition)[\w-]*\s*:/,
};

const read = (url) => readFileSync(url, "utf8");

// Code without comments, strings and patterns; what is in ${…} stays.
function bare(source) {
  const token = /\/\/.*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|([=(,:[!&|?{};]\s*|\breturn\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n[])+\//g;
  return source.replace(token, (whole, before) => {
    if (whole[0] === "`") return (whole.match(/\$\{[^}]*\}/g) || []).join(" ") || "``";
    return (before || "") + '""';
  });
}

// Class bodies with their methods emptied, so that what is left are fields.
function flat(source) {
  const emptied = source.replace(/\)\s*\{[^{}]*\}/g, ");");
  return emptied === source ? source : flat(emptied);
}

const youngIn = (source) => found(flat(bare(source)) + bare(source), YOUNG_SCRIPT);
const bareStyle = (source) => source.replace(/\/\*[^]*?\*\//g, "");
const found = (source, rules) => Object.keys(rules).filter((name) => rules[name].test(source));

function awaitsAtTop(source) {
  let depth = 0;
  for (const [token] of source.matchAll(/[{}]|\bawait\b/g)) {
    if (token === "{") depth += 1;
    else if (token === "}") depth -= 1;
    else if (depth === 0) return true;
  }
  return false;
}

function modulesFrom(entry, seen = new Map()) {
  if (seen.has(entry.href)) return seen;
  const source = read(entry);
  seen.set(entry.href, source);
  for (const [, path] of source.matchAll(/^(?:import|export)\b[^;]*?from\s+"(\.[^"]+)"/gm)) modulesFrom(new URL(path, entry), seen);
  return seen;
}

const page = read(new URL("overlay/index.html", STATIC));
const linked = (pattern) => [...page.matchAll(pattern)].map(([, path]) => new URL(path, STATIC));
const scripts = linked(/<script type="module" src="\/static\/([^"]+)"/g);
const styles = linked(/<link rel="stylesheet" href="\/static\/([^"]+)"/g);

test("every script that the overlay loads is old enough", () => {
  const modules = scripts.reduce((seen, script) => modulesFrom(script, seen), new Map());
  assert.ok(modules.size > 10, "imports are followed");
  for (const [href, source] of modules) {
    assert.deepEqual(youngIn(source), [], href);
    assert.ok(!awaitsAtTop(bare(source)), href);
  }
});

test("every style that the overlay loads is old enough, and its own is light", () => {
  assert.equal(styles.length, 3);
  for (const theme of ["plain", "jade"]) styles.push(new URL(`themes/${theme}/theme.css`, STATIC));
  for (const style of styles) assert.deepEqual(found(bareStyle(read(style)), YOUNG_STYLE), [], style.href);
  assert.deepEqual(found(bareStyle(read(new URL("overlay/overlay.css", STATIC))), HEAVY_STYLE), []);
});

test("the page loads nothing from elsewhere and runs no script of its own", () => {
  assert.doesNotMatch(page, /https?:\/\/|<script(?![^>]*src=)[^>]*>/);
});

test("every slice of the font that the style names is there", () => {
  const font = new URL("vendor/noto-sans-sc-5.3.1/", STATIC);
  const slices = [...read(new URL("wght.css", font)).matchAll(/url\(([^)]+)\)/g)].map(([, path]) => path);
  assert.equal(slices.length, 101);
  for (const slice of slices) assert.equal(readFileSync(new URL(slice, font)).toString("latin1", 0, 4), "wOF2", slice);
});

const YOUNG_SAMPLES = [
  ["a?.b", "optional chaining"], ["a ?? b", "nullish coalescing"], ["a ||= b", "logical assignment"],
  ["x = 1_000", "numeric separator"], ["class A { #x; }", "private name"],
  ["class A { go() {} x = 1; }", "class field"], ["s.replaceAll(a, b)", "young method"],
  ["Object.fromEntries(a)", "young function"], ["`${a?.b}`", "optional chaining"],
];

test("the check finds what it looks for", () => {
  for (const [sample, name] of YOUNG_SAMPLES) assert.deepEqual(youngIn(sample), [name], sample);
  assert.ok(awaitsAtTop("const a = await b;"));
  const old = 'class A extends B { constructor() { if (a) { this.x = 1; } } go(y = 2) { return y; } }\nconst a = b ? .5 : c; // d?.e\nconst f = "g ?? h"; x = /a?.b/; async function i() { await j; }';
  assert.deepEqual(youngIn(old), []);
  assert.ok(!awaitsAtTop(bare(old)));
  for (const sample of ["a { inset: 0; }", "a { gap: 4px; }", "a { aspect-ratio: 1; }", "a { width: clamp(1px, 2px, 3px); }", "a:is(b) { }"]) {
    assert.equal(found(sample, YOUNG_STYLE).length, 1, sample);
  }
  assert.deepEqual(found("a { grid-column-gap: 4px; min-width: 0; grid-template-columns: minmax(0, 1fr); }", YOUNG_STYLE), []);
  assert.equal(found("a { transition: opacity 1s; }", HEAVY_STYLE).length, 1);
});
