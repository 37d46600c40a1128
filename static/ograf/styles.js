// The overlay's own style sheets and the theme's inside a shadow root, where :root is called :host. As
// text, because a <link> loads nothing while the element is in no document.

const SHEETS = ["../shared/tokens.css", "../overlay/overlay.css", "../theme/theme.css"];
// Themes name their files as the server does; here they lie in the package.
const THEME_FILE = /(url\(\s*["']?)\/theme\//g;
const THEME = new URL("../theme/", import.meta.url).href;
// What the renderer's page says about text ends here.
const HOST = ":host { all: initial; display: block; position: relative; width: 100%; height: 100%; overflow: hidden; }";

let sheets = null;

// Never rejects: without styles there is a picture, though not a pretty one.
export function loadStyles(root) {
  sheets = sheets || Promise.all(SHEETS.map(textOf)).catch((error) => { sheets = null; throw error; });
  return sheets
    .then((texts) => {
      const style = document.createElement("style");
      style.textContent = HOST + inside(texts.join("\n"));
      root.prepend(style);
    })
    .catch(() => null);
}

const inside = (text) => text.replace(/:root\b/g, ":host").replace(THEME_FILE, (whole, before) => before + THEME);

function textOf(path) {
  return fetch(new URL(path, import.meta.url).href).then((answer) => {
    if (!answer.ok) throw new Error(path + ": " + answer.status);
    return answer.text();
  });
}
