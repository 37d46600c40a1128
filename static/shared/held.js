// Press and hold for what cannot be undone: a ring fills, and only a full ring does it.

const RING = 32;
const AROUND = 2 * Math.PI * 13;
const START_KEYS = { Enter: true, " ": true };

function part(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  Object.keys(attributes).forEach((key) => element.setAttribute(key, attributes[key]));
  return element;
}

// The ring hangs over the button's right edge of text, drawn in the button's own colour.
function ring() {
  const svg = part("svg", { width: RING, height: RING, viewBox: "0 0 32 32", "aria-hidden": "true" });
  svg.style.cssText = "position:absolute;right:8px;top:50%;width:32px;height:32px;margin:-16px 0 0;pointer-events:none";
  const circle = { cx: 16, cy: 16, r: 13, fill: "none", stroke: "currentColor", "stroke-width": 4 };
  const filling = part("circle", Object.assign({}, circle, {
    "stroke-dasharray": AROUND, "stroke-dashoffset": AROUND, transform: "rotate(-90 16 16)",
  }));
  svg.appendChild(part("circle", Object.assign({}, circle, { "stroke-opacity": .3 })));
  svg.appendChild(filling);
  return { svg, fill: (share) => filling.setAttribute("stroke-dashoffset", AROUND * (1 - share)) };
}

// Calls onDone once when `button` was held for `ms`: by pointer, or with Enter or Space kept down.
// Letting go, leaving, Escape and losing the focus cancel. Returns a function that undoes it.
// While held the button has data-held; leave 48 px at its right for the ring.
export function heldPress(button, { ms = 800, onDone }) {
  const drawn = ring();
  let since = 0;
  let frame = 0;

  const forbidden = () => button.disabled || button.getAttribute("aria-disabled") === "true";

  function begin() {
    if (since || forbidden()) return;
    since = performance.now();
    button.dataset.held = "";
    button.appendChild(drawn.svg);
    step();
  }

  function step() {
    // It may have been switched off under the finger: somebody else was faster.
    if (forbidden()) return cancel();
    const share = (performance.now() - since) / ms;
    drawn.fill(Math.min(share, 1));
    if (share < 1) frame = requestAnimationFrame(step);
    else {
      cancel();
      onDone();
    }
  }

  function cancel() {
    cancelAnimationFrame(frame);
    since = 0;
    delete button.dataset.held;
    drawn.svg.remove();
  }

  const handlers = {
    pointerdown(event) {
      if (event.button === 0) begin();
    },
    pointerup: cancel,
    pointerleave: cancel,
    pointercancel: cancel,
    blur: cancel,
    keydown(event) {
      if (START_KEYS[event.key]) {
        event.preventDefault();
        if (!event.repeat) begin();
      }
      if (event.key === "Escape" && since) {
        event.stopPropagation();
        cancel();
      }
    },
    keyup(event) {
      if (START_KEYS[event.key]) {
        event.preventDefault();
        cancel();
      }
    },
    // A long touch opens a menu elsewhere.
    contextmenu(event) {
      event.preventDefault();
    },
  };

  Object.assign(button.style, { position: "relative", touchAction: "none", userSelect: "none" });
  Object.keys(handlers).forEach((name) => button.addEventListener(name, handlers[name]));
  return () => {
    cancel();
    Object.keys(handlers).forEach((name) => button.removeEventListener(name, handlers[name]));
  };
}
