// The OGraf graphic (EBU, v1): livevote's drawing as a custom element that any OGraf renderer
// plays. It is never defined here and paints nothing before load. Every method answers
// {statusCode} within 3 s and never rejects, whatever a renderer gives or leaves out.

import { createDrawing } from "../overlay/drawing.js";
import { isTrue, valuesOf } from "../overlay/fields.js";
import { addFonts, loadFonts } from "../overlay/fonts.js";
import { WIDTH, HEIGHT, fit } from "../overlay/frame.js";
import { WORDS } from "../overlay/language.js";
import { el } from "../overlay/parts.js";
import { createPlayer } from "../overlay/player.js";
import { nextStep, scheduleOf } from "./schedule.js";
import { targetOf } from "./steps.js";
import { loadStyles } from "./styles.js";

// For styles and the fonts' list; what comes later is used when it is there.
const LOADED_MS_MAX = 1500;
const FONTS_MS_MAX = 1500;

const answer = (statusCode, statusMessage) => (statusMessage ? { statusCode, statusMessage } : { statusCode });
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default class LivevoteGraphic extends HTMLElement {
  constructor() {
    super();
    this._root = null; // the shadow root, from load on
    this._play = null; // real time: a player
    this._film = null; // not in real time: {drawing, schedule, at_ms, values}
    this._screen = null;
    this._size = { width: WIDTH, height: HEIGHT };
    this._step = undefined;
    this._sizing = null;
    this._turn = 0; // of load and dispose: an older load that still waits has lost
  }

  load(params) { return this._do(params, () => this._load(params || {}), true); }
  dispose(params) { return this._do(params, () => this._dispose(), true); }
  updateAction(params) { return this._do(params, (given, skip) => this._update(given.data, skip)); }
  playAction(params) { return this._do(params, (given, skip) => this._go(targetOf(this._step, given), skip)); }
  stopAction(params) { return this._do(params, (given, skip) => this._go(undefined, skip)); }
  customAction(params) { return this._do(params, (given) => this._custom(given)); }
  goToTime(params) { return this._do(params, (given) => this._goTo(Number(given.timestamp))); }
  setActionsSchedule(params) { return this._do(params, (given) => this._plan(given.schedule)); }

  // One method: given, may be nothing, becomes an object; what is thrown becomes an answer.
  _do(params, method, unloaded) {
    const given = params && typeof params === "object" ? params : {};
    return Promise.resolve()
      .then(() => {
        if (!unloaded && !this._root) return answer(409, "not loaded");
        if (!unloaded && !this._play && !this._film) return answer(409, "still loading");
        return method(given, isTrue(given.skipAnimation));
      })
      .then((said) => said || answer(200))
      .catch((error) => (error instanceof RangeError ? answer(400, error.message) : answer(500, String(error && error.message))));
  }

  _load(params) {
    this._dispose();
    const values = valuesOf({}, params.data);
    const wanted = (params.renderCharacteristics || {}).resolution || {};
    this._size = { width: Number(wanted.width) || WIDTH, height: Number(wanted.height) || HEIGHT };
    const root = this._shadow();
    const turn = this._turn;
    const ready = Promise.all([loadStyles(root), addFonts()]);
    return Promise.race([ready, later(LOADED_MS_MAX)]).then(() => {
      if (turn !== this._turn) return answer(409, "superseded");
      this._screen = root.appendChild(el("div", "screen"));
      this._fit();
      if (params.renderType === "non-realtime") return this._plan([], values);
      return this._live(values);
    });
  }

  // A shadow root is made once in an element's life.
  _shadow() {
    this._made = this._made || this.attachShadow({ mode: "closed" });
    this._made.textContent = "";
    this._root = this._made;
    return this._root;
  }

  _live(values) {
    this._play = createPlayer(this._screen, { box: () => this._box(), host: "ograf" });
    this._sizing = new ResizeObserver(() => this._fit());
    this._sizing.observe(this);
    try {
      // Not waited for: nothing is on air yet.
      this._play.set(values);
    } catch (error) {
      this._dispose();
      throw error;
    }
  }

  // The element's own box where the renderer gave it one.
  _box() {
    const boxed = this.clientWidth > 0 && this.clientHeight > 0;
    return boxed ? { width: this.clientWidth, height: this.clientHeight } : this._size;
  }

  _fit() {
    const { width, height } = this._box();
    if (this._screen) fit(this._screen, width, height);
  }

  _dispose() {
    this._turn += 1;
    if (this._play) this._play.close();
    if (this._film) this._film.drawing.close();
    if (this._sizing) this._sizing.disconnect();
    if (this._root) this._root.textContent = "";
    this._root = this._play = this._film = this._screen = this._sizing = null;
    this._step = undefined;
  }

  _update(data, skip) {
    const now = this._play ? this._play.values() : this._film.values;
    const values = valuesOf(now, data);
    if (this._play) return this._play.set(values, skip).then(() => answer(200));
    this._film.values = values;
    return this._plan(this._film.given);
  }

  // step undefined: out. Of actions that overlap the newest holds.
  _go(step, skip) {
    if (!this._play) return answer(400, "only in real time: otherwise by setActionsSchedule");
    this._step = step;
    const said = step === undefined ? answer(200) : Object.assign(answer(200), { currentStep: step });
    return this._play.take(step !== undefined, skip).then(() => this._told(said));
  }

  // With what an operator should know: a link that is not up leaves the last picture, or none.
  _told(said) {
    const status = this._play ? this._play.status() : "none";
    if (status === "none" || status === "online") return said;
    return Object.assign({ statusMessage: "livevote: " + status + " (its address, its link, --origin?)" }, said);
  }

  _custom(given) {
    if (given.id !== "blank") return answer(404, "no such action: " + given.id);
    if (!this._play) return answer(400, "blank: only in real time");
    const asked = given.payload && typeof given.payload === "object" ? given.payload.blanked : undefined;
    this._play.blank(asked === undefined ? !this._play.blanked() : isTrue(asked));
    return answer(200);
  }

  // --- not in real time: values that were given, a schedule, and any moment of it ---

  _plan(given, values) {
    if (this._play) return answer(400, "setActionsSchedule: loaded for real time");
    const kept = values || this._film.values;
    if (this._film) this._film.drawing.close();
    const drawing = createDrawing(this._screen, null);
    drawing.set(kept, "", 0);
    this._film = { drawing, given, schedule: scheduleOf(given), done: 0, at_ms: -1, values: kept, step: undefined };
    return answer(200);
  }

  // Every character first, since widths depend on them; then from the beginning, or on from where
  // we are.
  _goTo(timestamp) {
    if (this._play) return answer(400, "goToTime: loaded for real time");
    if (!(timestamp >= 0 && isFinite(timestamp))) return answer(400, "goToTime: timestamp is milliseconds from 0");
    const text = JSON.stringify([this._film.values, this._film.given, WORDS]) + "0123456789.,:/%–";
    return loadFonts(text, FONTS_MS_MAX).then(() => {
      if (!this._film) return answer(409, "disposed");
      if (timestamp < this._film.at_ms) this._plan(this._film.given);
      this._draw(timestamp);
      return answer(200);
    });
  }

  _draw(end_ms) {
    const film = this._film;
    let next = film.at_ms < 0 ? 0 : nextStep(film.schedule, film.at_ms, end_ms);
    while (next !== null) {
      const dt_ms = film.at_ms < 0 ? 0 : next - film.at_ms;
      film.at_ms = next;
      film.drawing.frame(next, dt_ms);
      while (film.done < film.schedule.length && film.schedule[film.done].at_ms <= next) {
        this._act(film.schedule[film.done].action, next);
        film.done += 1;
      }
      next = nextStep(film.schedule, next, end_ms);
    }
  }

  // The schedule's actions: {type, params}, as the methods of the same name.
  _act(action, now) {
    const film = this._film;
    const params = action.params || {};
    if (action.type === "updateAction") film.drawing.set(valuesOf(film.drawing.values(), params.data), "", now);
    if (action.type === "playAction") film.step = targetOf(film.step, params);
    if (action.type === "stopAction") film.step = undefined;
    if (action.type === "customAction" && params.id === "blank") film.drawing.blank(isTrue((params.payload || { blanked: true }).blanked));
    film.drawing.take(film.step !== undefined, now);
    if (isTrue(params.skipAnimation)) film.drawing.hurry(now);
  }
}
