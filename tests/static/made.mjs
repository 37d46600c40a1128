// What is made from the overlay's table of fields: the OGraf manifest and the SPX definition.
// `node tests/static/made.mjs` writes both; a test compares.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { FIELDS } from "../../static/overlay/fields.js";
import { IN_MS, OUT_MS } from "../../static/overlay/motion.js";

const ROOT = new URL("../../", import.meta.url);
const [, VERSION] = readFileSync(new URL("livevote/__init__.py", ROOT), "utf8").match(/__version__ = "([^"]+)"/);
const DESCRIPTION = "Live votes on air: scores, countdown, call to vote, result and ranking.";

function property(field, order) {
  const { type, title } = field;
  const plain = { type, title, default: field.default, order };
  if (!field.choices) return type === "string" ? { ...plain, gddType: "single-line" } : { ...plain, minimum: 0 };
  const labels = Object.fromEntries(field.choices.map((name) => [name, name]));
  return { ...plain, enum: field.choices, gddType: "select", gddOptions: { labels } };
}

export function manifest() {
  const names = Object.keys(FIELDS);
  return {
    $schema: "https://ograf.ebu.io/v1/specification/json-schemas/graphics/schema.json",
    id: "livevote-graphic",
    version: VERSION,
    name: "livevote",
    description: DESCRIPTION,
    main: "ograf/graphic.js",
    supportsRealTime: true,
    supportsNonRealTime: true,
    stepCount: 1,
    schema: {
      type: "object",
      properties: Object.fromEntries(names.map((name, i) => [name, property(FIELDS[name], i)])),
    },
    customActions: [{
      id: "blank",
      name: "Blank",
      description: "Hides the picture at once, or shows it again; without a value, the other of the two.",
      schema: { type: "object", properties: { blanked: { type: "boolean", title: "Blanked", default: true } } },
    }],
    actionDurations: [
      { type: "playAction", duration: IN_MS },
      { type: "stopAction", duration: OUT_MS },
    ],
    renderRequirements: [{
      resolution: { width: { ideal: 1920 }, height: { ideal: 1080 } },
      frameRate: { ideal: 50 },
      engine: [{ type: "CEF", version: { min: "71" } }],
    }],
  };
}

function spxField(name) {
  const field = FIELDS[name];
  const plain = { field: name, title: field.title, value: String(field.default) };
  if (!field.choices) return { ...plain, ftype: field.type === "integer" ? "number" : "textfield" };
  return { ...plain, ftype: "dropdown", items: field.choices.map((value) => ({ text: value, value })) };
}

export function spx() {
  return {
    description: "livevote",
    playserver: "OVERLAY",
    playchannel: "1",
    playlayer: "10",
    webplayout: "10",
    out: "manual",
    dataformat: "json",
    steps: "1",
    uicolor: "2",
    DataFields: Object.keys(FIELDS).map(spxField),
  };
}

const json = (value) => JSON.stringify(value, null, 2);

// Path below the root → text.
export const MADE = {
  "static/ograf/livevote.ograf.json": () => json(manifest()) + "\n",
  "static/overlay/spx.js": () =>
    "// What SPX asks of a template. Made from fields.js by tests/static/made.mjs.\n\n" +
    "window.SPXGCTemplateDefinition = " + json(spx()) + ";\n",
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  Object.keys(MADE).forEach((path) => writeFileSync(new URL(path, ROOT), MADE[path]()));
}
