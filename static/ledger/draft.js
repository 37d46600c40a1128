// A pledge being typed: a new one, or one that is put right before its unit accepts it. Vague words
// are said while they are typed, with what to ask instead.

import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { vagueIn } from "../shared/vague.js";
import { Workdays } from "../shared/workdays.js";
import { refusedText, t } from "./words.js";

const EMPTY = { id: "", unit: { zh: "", en: "" }, post: { zh: "", en: "" }, text: "", due: "", target: "", wanted: "", question: "", origin: {} };

export const newDraft = () => EMPTY;

// From a segment of an episode that has no pledge here yet.
export const draftOf = (segment) => ({
  ...EMPTY, unit: segment.unit, post: segment.post, text: segment.pledge, due: segment.due, target: segment.target,
  question: segment.question, origin: { episode: segment.episode, segment: segment.id },
});

// Of what a pledge is, the fields that people give.
export const draftAgain = (pledge) =>
  Object.fromEntries(Object.keys(EMPTY).map((key) => [key, pledge[key]]));

export function Draft({ desk, start, leave }) {
  const [draft, setDraft] = useState(start);
  const [reason, setReason] = useState("");
  const [wrong, setWrong] = useState("");
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  const again = Boolean(start.id);
  useEffect(() => form.current.elements[0].focus(), []);

  const put = (path, value) => {
    const [field, part] = path.split(".");
    setWrong("");
    setDraft({ ...draft, [field]: part ? { ...draft[field], [part]: value } : value });
  };

  async function save(event) {
    event.preventDefault();
    const missing = !(draft.unit.zh + draft.unit.en).trim() ? "unit.zh" : !draft.text.trim() ? "text" : !draft.due ? "due" : again && !reason.trim() ? "reason" : "";
    setWrong(missing);
    if (missing) return form.current.elements[missing].focus();
    setBusy(true);
    setRefusal(null);
    try {
      await desk.command(again ? "correct" : "make", again ? { pledge: draft, reason } : { pledge: draft });
      leave();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  }

  const read = (path) => path.split(".").reduce((value, key) => (value === undefined ? "" : value[key]), draft) || "";
  const props = (path) => ({
    id: `draft-${path}`, name: path, value: read(path), onInput: (event) => put(path, event.currentTarget.value),
    "aria-invalid": wrong === path ? "true" : undefined, "aria-describedby": `draft-${path}-notes`,
  });
  const field = (path, key, control) => html`
    <div class="field" key=${path}>
      <label for=${`draft-${path}`}>${t(key)}</label>
      ${control}
      <div id=${`draft-${path}-notes`} class="notes" aria-live="polite">${wrong === path && html`<p class="wrong">▲ ${t("needed")}</p>`}
        ${path === "due" && html`<${Workdays} due=${draft.due} />`}
        ${path === "text" && html`<${Vague} text=${draft.text} />`}</div>
    </div>`;
  const line = (path, key, max = 120) => field(path, key, html`<input type="text" maxlength=${max} ...${props(path)} />`);
  const lines = (path, key) => field(path, key, html`<textarea rows="2" maxlength="2000" ...${props(path)} />`);
  return html`
    <form class="draft" ref=${form} onSubmit=${save} onKeyDown=${(event) => event.key === "Escape" && leave()} novalidate>
      <h3>${t(again ? "correct" : "new_pledge")}</h3>
      <div class="fields">
        ${line("unit.zh", "unit")}${line("unit.en", "unit_en")}${line("post.zh", "post")}${line("post.en", "post_en")}
      </div>
      ${lines("text", "text")}
      <div class="fields">
        ${field("due", "due", html`<input type="date" min=${desk.state.data.today} ...${props("due")} />`)}
        ${line("origin.timecode", "timecode", 20)}
      </div>
      ${lines("target", "target")}
      ${lines("wanted", "wanted")}
      ${lines("question", "question")}
      ${again && html`
        <div class="field">
          <label for="draft-reason">${t("reason")}</label>
          <input type="text" id="draft-reason" name="reason" maxlength="300" value=${reason} aria-invalid=${wrong === "reason" ? "true" : undefined}
            onInput=${(event) => setReason(event.currentTarget.value)} />
        </div>`}
      <p class="wrong" role="alert">${refusal && `▲ ${refusedText(refusal)}`}</p>
      <div class="keys">
        <button class="primary" disabled=${busy}>${busy ? t("working") : t(again ? "save" : "new_pledge")}</button>
        <button type="button" onClick=${leave}>${t("cancel")}</button>
      </div>
    </form>
  `;
}

export const Vague = ({ text }) => vagueIn(text).map(({ word, ask }) => html`
  <p class="worry" key=${word}><span aria-hidden="true">◐</span> ${t("vague", { word, ask: pick(ask) })}</p>`);
