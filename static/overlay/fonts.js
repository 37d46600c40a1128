// The air font comes in slices by unicode-range; a text is ready when its slices are.

export const FONT = "500 40px 'Noto Sans SC Variable'";

// Resolves when the slices for `text` are there, or after patience_ms: a late font is better than
// a late graphic. Never rejects.
export function loadFonts(text, patience_ms) {
  const patience = new Promise((resolve) => setTimeout(resolve, patience_ms));
  const loaded = document.fonts.load(FONT, text).catch(() => null);
  return Promise.race([loaded, patience]);
}
