// The page's elements. Text goes in as text, never as markup.

export const $ = (id) => document.getElementById(id);

// make("b", {}, "text", child…); svg and use live in a namespace of their own.
export function make(tag, attributes, ...children) {
  const element = /svg|use/.test(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  Object.keys(attributes).forEach((name) => element.setAttribute(name, attributes[name]));
  element.append(...children);
  return element;
}

// Puts text in its place and hides an empty place. The same text is not written again: screen
// readers would speak it twice.
export function put(id, text) {
  const element = $(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
  return text;
}

// A key that is off keeps its place in the tab order, so that the focus survives a pause.
export const enable = (key, on) => key.setAttribute("aria-disabled", !on);

export function onPress(key, act) {
  key.onclick = () => key.getAttribute("aria-disabled") === "true" || act();
}
