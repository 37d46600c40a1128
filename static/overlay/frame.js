// The size of the design, and how it fits into any other.

export const WIDTH = 1920;
export const HEIGHT = 1080;

export function fit(node, width, height) {
  const scale = Math.min(width / WIDTH, height / HEIGHT);
  const left = (width - WIDTH * scale) / 2;
  const top = (height - HEIGHT * scale) / 2;
  node.style.transform = "translate(" + left + "px, " + top + "px) scale(" + scale + ")";
}
