// The floor of the overlay is Chrome 71 (CasparCG 2.3): nothing younger may be in any file that it
// or the OGraf graphic loads. Found by following imports and links, so that a new file cannot slip
// by. Scripts are parsed; what is found is named by file and line.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";

const STATIC = new URL("../../static/", import.meta.url);
// Debian's; scripts/setup brings it.
const ACORN = "/usr/share/nodejs/acorn/dist/acorn.js";
assert.ok(existsSync(ACORN), "node-acorn is missing: run scripts/setup test");
const acorn = createRequire(import.meta.url)(ACORN);

// The language of Chrome 71 is that of 2019; import.meta, which it has, came into the standard later.
const YEAR = 2019;
const META = /import\.meta\.url/g;
const SAME_LENGTH = '"import.meta.u"';

// Methods and properties that came after Chrome 71, and names of their own.
const YOUNG_METHODS = new Set([
  "replaceAll", "matchAll", "at", "findLast", "findLastIndex", "replaceChildren", "toSorted", "toReversed", "hasOwn",
  "fromEntries", "allSettled", "any", "groupBy", "getAnimations", "attachInternals", "randomUUID",
]);
const YOUNG_PROPERTIES = new Set(["adoptedStyleSheets", "inset", "aspectRatio", "rowGap"]);
const YOUNG_NAMES = new Set(["structuredClone", "WeakRef", "FinalizationRegistry", "AggregateError"]);

const YOUNG_STYLE = {
  inset: /[;{\s]inset[\w-]*\s*:/,
  "flex gap": /[;{\s](row-|column-)?gap\s*:/,
  "aspect-ratio": /[;{\s]aspect-ratio\s*:/,
  "clamp, min, max": /[\s:(,](clamp|min|max)\(/,
  "young colour": /[\s:(,](color|color-mix|oklch|oklab|lab|lch|hwb|light-dark)\(/,
  "young unit": /\d(dvh|svh|lvh|dvw|cqw|cqh|lh|rlh)\b/,
  "young selector": /:(is|where|has)\(/,
  "at-rule": /@(layer|container|property|scope|starting-style)\b/,
  "young property": /[;{\s](content-visibility|accent-color|contain-intrinsic[\w-]*|backdrop-filter)\s*:/,
  "logical property": /[;{\s](margin|padding|border)-(inline|block)\s*:/,
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

// [line: what] of a script; what does not parse is the first such thing.
function youngIn(source, sourceType = "module") {
  let tree;
  try {
    tree = acorn.parse(source.replace(META, SAME_LENGTH), { ecmaVersion: YEAR, sourceType, locations: true });
  } catch (error) {
    return [error.loc.line + ": " + error.message];
  }
  const young = [];
  walk(tree, (node, parent) => {
    const called = parent.type === "CallExpression" && parent.callee === node && YOUNG_METHODS;
    const member = node.type === "MemberExpression" && !node.computed && (called || YOUNG_PROPERTIES).has(node.property.name);
    const name = node.type === "Identifier" && parent.property !== node && YOUNG_NAMES.has(node.name);
    if (member) young.push(node.loc.start.line + ": ." + node.property.name);
    if (name) young.push(node.loc.start.line + ": " + node.name);
  });
  return young;
}

function walk(node, visit, parent = {}) {
  if (Array.isArray(node)) return node.forEach((each) => walk(each, visit, parent));
  if (!node || typeof node.type !== "string") return;
  visit(node, parent);
  Object.keys(node).filter((key) => typeof node[key] === "object").forEach((key) => walk(node[key], visit, node));
}

// [line: rule] of a style sheet. Comments are emptied, lines stay where they are.
function found(source, rules) {
  const lines = source.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, "")).split("\n");
  return lines.flatMap((line, i) => Object.keys(rules).filter((name) => rules[name].test(line)).map((name) => i + 1 + ": " + name));
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
const scripts = [...linked(/<script type="module" src="\/static\/([^"]+)"/g), new URL("ograf/graphic.js", STATIC)];
const plain = linked(/<script src="\/static\/([^"]+)"/g);
const styles = linked(/<link rel="stylesheet" href="\/static\/([^"]+)"/g);
const nameOf = (href) => href.slice(STATIC.href.length);

test("every script that the overlay and the graphic load is old enough", () => {
  const modules = scripts.reduce((seen, script) => modulesFrom(script, seen), new Map());
  assert.ok(modules.size > 20, "imports are followed");
  for (const [href, source] of modules) assert.deepEqual(youngIn(source).map((what) => nameOf(href) + ":" + what), []);
  assert.equal(plain.length, 2);
  for (const { href } of plain) assert.deepEqual(youngIn(read(new URL(href)), "script").map((what) => nameOf(href) + ":" + what), []);
});

test("every style that the overlay loads is old enough, and its own is light", () => {
  assert.equal(styles.length, 3);
  for (const theme of ["plain", "jade"]) styles.push(new URL(`themes/${theme}/theme.css`, STATIC));
  const all = (url, rules) => found(read(url), rules).map((what) => nameOf(url.href) + ":" + what);
  for (const style of styles) assert.deepEqual(all(style, YOUNG_STYLE), []);
  assert.deepEqual(all(new URL("overlay/overlay.css", STATIC), HEAVY_STYLE), []);
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
  "a?.b", "a ?? b", "a ||= b", "x = 1_000", "class A { #x; }", "class A { go() {} x = 1; }", "class A { static x; }",
  "s.replaceAll(a, b)", "Object.fromEntries(a)", "`${a?.b}`", "const a = await b;", "new WeakRef(a)", "10n", "structuredClone(a)",
];

test("the check finds what it looks for, and on which line", () => {
  for (const sample of YOUNG_SAMPLES) {
    const young = youngIn("let old;\n" + sample);
    assert.equal(young.length, 1, sample);
    assert.match(young[0], /^2: /, sample);
  }
  const old = 'class A extends B { constructor() { if (a) { this.x = 1; } } go(y = 2) { return y; } }\nconst a = b ? .5 : c; // d?.e\nconst f = "g ?? h"; x = /a?.b/; async function i() { await j; }\ntry { a(); } catch { b(import.meta.url); }';
  assert.deepEqual(youngIn(old), []);
  for (const sample of ["a { inset: 0; }", "a { gap: 4px; }", "a { aspect-ratio: 1; }", "a { width: clamp(1px, 2px, 3px); }", "a:is(b) { }", "@layer a;", "a { height: 1dvh; }"]) {
    assert.deepEqual(found("/* \n gap: 1px; */\n" + sample, YOUNG_STYLE).map((what) => what[0]), ["3"], sample);
  }
  assert.deepEqual(found("a { grid-column-gap: 4px; min-width: 0; grid-template-columns: minmax(0, 1fr); }", YOUNG_STYLE), []);
  assert.equal(found("a { transition: opacity 1s; }", HEAVY_STYLE).length, 1);
});
