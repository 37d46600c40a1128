// A small OGraf renderer for the tests: reads the manifest, imports its main, and defines the
// element, which the graphic itself must not do. Elements stand in closed shadow roots.

const layers = {};

window.renderer = {
  async add(name, manifest_url, { attached = true } = {}) {
    const manifest = await (await fetch(manifest_url)).json();
    const { default: Graphic } = await import(new URL(manifest.main, manifest_url).href);
    if (customElements.get(manifest.id) === undefined) customElements.define(manifest.id, Graphic);
    const element = document.createElement(manifest.id);
    const holder = document.createElement("div");
    holder.className = "layer";
    holder.attachShadow({ mode: "closed" }).append(element);
    if (attached) document.body.append(holder);
    layers[name] = { element, holder };
    return manifest;
  },

  // [answer, ms it took]; a rejection is the string that no test expects.
  async call(name, method, ...args) {
    const began = performance.now();
    const answer = await layers[name].element[method](...args).catch((error) => "rejected: " + error);
    return [answer, performance.now() - began];
  },

  // Calls that overlap.
  all: (name, calls) => Promise.all(calls.map(([method, ...args]) => window.renderer.call(name, method, ...args))),

  attach: (name) => document.body.append(layers[name].holder),
  remove: (name) => layers[name].holder.remove(),
};
document.title = "ready";
