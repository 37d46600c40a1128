// The air font comes in slices by unicode-range; a text is ready when its slices are.

export const FONT = "500 40px 'Noto Sans SC Variable'";
const FAMILY = "Noto Sans SC Variable";
const SHEET = new URL("../vendor/noto-sans-sc-5.3.1/wght.css", import.meta.url);

// Resolves when the slices for `text` are there, or after patience_ms: a late font is better than
// a late graphic. Never rejects.
export function loadFonts(text, patience_ms) {
  const patience = new Promise((resolve) => setTimeout(resolve, patience_ms));
  const loaded = document.fonts.load(FONT, text).catch(() => null);
  return Promise.race([loaded, patience]);
}

// [{source, range}] of a style sheet's @font-face rules, sources made whole by `base`.
export function facesOf(sheet, base) {
  const faces = [];
  const rule = /src:\s*url\(([^)]+)\)[^;]*;\s*unicode-range:\s*([^;}]+)/g;
  let found = rule.exec(sheet);
  while (found) {
    faces.push({ source: new URL(found[1].replace(/["']/g, ""), base).href, range: found[2].trim() });
    found = rule.exec(sheet);
  }
  return faces;
}

let added = null;

// For a graphic in a shadow root, where @font-face does nothing: the slices are given to the
// document, once for all graphics in it. Nothing is fetched before a text needs it. Never rejects.
export function addFonts() {
  added = added || fetch(SHEET.href)
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then((sheet) => facesOf(sheet, SHEET).forEach(add))
    .catch(() => { added = null; });
  return added;
}

function add(face) {
  const settings = { weight: "100 900", unicodeRange: face.range };
  document.fonts.add(new FontFace(FAMILY, "url(" + JSON.stringify(face.source) + ")", settings));
}
