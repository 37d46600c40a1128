// An overlay inside a console: 1920 px wide by design, shown as wide as the place for it.

import { useLayoutEffect, useRef } from "./ui.js";

const WIDTH = 1920;

// A ref for the place; the stylesheet takes --scale from it.
export function useScreen() {
  const place = useRef(null);
  useLayoutEffect(() => {
    const fit = () => place.current.style.setProperty("--scale", place.current.clientWidth / WIDTH);
    const watch = new ResizeObserver(fit);
    watch.observe(place.current);
    fit();
    return () => watch.disconnect();
  }, []);
  return place;
}
