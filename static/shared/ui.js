// preact with htm instead of JSX: the one place that knows where the drawing library lives.
// The vendored files are the published ones, byte for byte, but for the bare specifier "preact" in
// hooks.mjs, which a browser cannot resolve without an import map (our CSP has no inline scripts).

import { Component, Fragment, createContext, h, render } from "../vendor/preact-11.2.0/preact.mjs";
import htm from "../vendor/htm-3.1.1/htm.mjs";

export { Component, Fragment, createContext, h, render };
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer,
  useRef, useState,
} from "../vendor/preact-11.2.0/hooks.mjs";

// html`<${Name} prop=${value}>…</${Name}>`
export const html = htm.bind(h);
