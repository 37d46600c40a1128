// What the address asks for: …/overlay?lang=both&bg=black#<token>. Unknown values fall back, so
// that a typing error in a graphics machine never costs the picture.

export const CHOICES = {
  lang: ["zh", "en", "both"],
  bg: ["transparent", "black", "green", "photo"],
  show: ["programme", "preview"],
};

export function optionsOf(search, hash) {
  const asked = new URLSearchParams(search);
  const one = (name) => (CHOICES[name].indexOf(asked.get(name)) < 0 ? CHOICES[name][0] : asked.get(name));
  return {
    token: decodeURIComponent(hash.replace(/^#/, "")),
    episode: asked.get("episode") || "",
    language: one("lang"),
    background: one("bg"),
    show: one("show"),
    safe: asked.get("safe") === "1",
    debug: asked.get("debug") === "1",
    // Nothing is drawn before the host says play.
    wait: asked.get("wait") === "1",
  };
}
