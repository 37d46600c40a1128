// The drawing that every host plays: what is known, what the host asked for, and the stage that
// shows it. Time comes in with each frame; nothing here has a clock, a line or a host.

import { createStage } from "./graphics.js";
import { asked, viewOf } from "./given.js";
import { defaults } from "./fields.js";
import { DT_MAX_MS } from "./motion.js";
import { el, style } from "./parts.js";
import { picturesOf } from "./picture.js";
import { EMPTY, apply, blankedOf } from "./state.js";

// More frames of DT_MAX_MS than the slowest coming or going has.
const HURRY_FRAMES = 12;

// load: how fonts come, see createStage.
export function createDrawing(root, load) {
  const stage_root = root.appendChild(el("div", "stage dark"));
  let stage = null;
  let state = EMPTY;
  let values = defaults();
  let since_ms = 0;
  let origin = ""; // of the livevote that says what is drawn; "": the values do
  let on_air = false;
  let blanked_here = false;
  let cut = false;

  // A new stage shows the truth at once; motion is for changes.
  function rebuild() {
    stage_root.textContent = "";
    stage = createStage(stage_root, values.language, load);
    cut = true;
  }

  // next: values of fields.js.
  function set(next, server, now) {
    const spoke = values.language;
    if (next.countdown_s !== values.countdown_s) since_ms = now;
    values = next;
    origin = server;
    if (spoke !== values.language) rebuild();
  }

  // Without motion where `at_once`: a page that was just loaded owes the truth.
  function take(yes, now, at_once) {
    if (yes && !on_air) {
      since_ms = now;
      cut = Boolean(at_once);
    }
    on_air = yes;
    // The stage must know before anybody asks whether it has settled.
    frame(now, 0);
  }

  function shownState() {
    if (origin) return Object.assign({}, state, { origin, view: asked(state.view, values) });
    return Object.assign({}, EMPTY, { view: viewOf(values, since_ms) });
  }

  const showOf = () => (origin ? values.show : "programme");

  function frame(now, dt_ms) {
    const shown = shownState();
    const blanked = blanked_here || blankedOf(shown, showOf());
    style(stage_root, "visibility", blanked ? "hidden" : "visible");
    stage.show(on_air ? picturesOf(shown, showOf(), now, values.language) : [], dt_ms, cut);
    if (on_air && shown.view) cut = false;
    return blanked;
  }

  // To the end of every coming and going, unseen.
  function hurry(now) {
    for (let i = 0; i < HURRY_FRAMES; i += 1) frame(now, DT_MAX_MS);
  }

  rebuild();
  return {
    set, take, frame, hurry, rebuild,
    receive(message) { state = apply(state, message); },
    // Another episode, another server: nothing of the last one may stay.
    forget() { state = EMPTY; },
    blank(yes) { blanked_here = yes; },
    blanked: () => blanked_here,
    values: () => values,
    size: () => stage.size(),
    // What livevote has not said yet cannot stand.
    settled: () => stage.settled() && !(on_air && origin && !state.view),
    preview: () => (state.view && state.view.preview) || "",
    text: () => stage_root.textContent,
    close() { stage_root.remove(); },
  };
}
