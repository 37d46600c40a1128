// The words of the page in the language that is spoken; the other one is not even loaded.

import { lang } from "../shared/words.js";

let text = {};

export async function loadText() {
  text = (await import("./" + lang() + ".js")).default;
}

// say("seat", {seat: "C-14"}): the text with its {places} filled in.
export const say = (key, values) => text[key].replace(/\{(\w+)\}/g, (place, name) => values[name]);

// Why a ballot was not counted, or not yet.
export const why = (code) => say(text["why_" + code] ? "why_" + code : "why_other", { code });
