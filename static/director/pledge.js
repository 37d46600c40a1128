// The pledge, typed as it is spoken: saved while typing, on Enter and on leaving the field.

import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useLedger } from "../shared/pledging.js";
import { vagueIn } from "../shared/vague.js";
import { Workdays } from "../shared/workdays.js";
import { useDesk, useLatest } from "./desk.js";
import { Cap, Press, Refusal, barredText, refusalText } from "./parts.js";
import { currentSegment } from "./state.js";
import { t } from "./words.js";

const PAUSE_MS = 700;
const LENGTH_MAX = 2000;

export function Pledge() {
  const { state } = useDesk();
  const segment = currentSegment(state);
  return html`<section class="pledge box" aria-labelledby="pledge-title">
    ${segment
      ? html`<${Field} key=${segment.id} segment=${segment} />`
      : html`<h2 id="pledge-title">${t("pledge")}</h2><p class="quiet">${t("pledge_none")}</p>`}
  </section>`;
}

// Keyed by segment: what was typed for one official is saved for that one.
function Field({ segment }) {
  const { state } = useDesk();
  const draft = useDraft(segment);
  const vague = vagueIn(draft.text);
  return html`
    <header class="bar-line"><h2 id="pledge-title">${t("pledge")} <small>${pick(segment.unit)}</small></h2>
      <p class="hint" id="pledge-hint">${vague.length
        ? html`<span class="worry">${vague.map(({ word, ask }) => t("vague", { word, ask: pick(ask) })).join(" ")}</span>`
        : t("pledge_hint")}</p>
      <${Saved} draft=${draft} /><${Cap} k="/" /></header>
    <textarea class="field" rows="2" maxlength=${LENGTH_MAX} value=${draft.text} lang="zh"
      aria-labelledby="pledge-title" aria-describedby="pledge-hint" aria-keyshortcuts="/"
      readonly=${barredText(state, "set_pledge") === t("off_read_only")}
      onInput=${(event) => draft.type(event.target.value)} onBlur=${draft.save} onKeyDown=${(event) => onKey(event, draft)}></textarea>
    ${draft.theirs !== null && html`<p class="theirs" role="alert"><span>${t("pledge_theirs", { text: draft.theirs })}</span>
      <${Press} onPress=${draft.takeTheirs}>${t("take_theirs")}<//></p>`}
    <${Terms} segment=${segment} />`;
}

// By when, and how one will see it; then into the ledger, where it is followed up.
function Terms({ segment }) {
  const desk = useDesk();
  const ledger = useLedger(segment, desk.state.view.episode.id);
  const [refusal, setRefusal] = useState(null);
  const off = barredText(desk.state, "set_pledge");
  const readOnly = off === t("off_read_only");

  async function put(field, value) {
    setRefusal(null);
    if (tidy(value) === segment[field]) return;
    await desk.order("set_pledge", { segment: segment.id, [field]: tidy(value) }, 0).catch(setRefusal);
  }

  const missing = segment.lookback ? t("off_entered") : !segment.pledge ? t("off_no_pledge") : !segment.due ? t("off_no_due") : ledger.same ? t("off_entered") : "";
  return html`<div class="terms">
    <label>${t("due")} <input class="field" type="date" value=${segment.due} readonly=${readOnly}
      onChange=${(event) => put("due", event.target.value)} /> <${Workdays} due=${segment.due} /></label>
    <label class="wide">${t("target")} <input class="field" lang="zh" maxlength=${LENGTH_MAX} value=${segment.target} readonly=${readOnly}
      onChange=${(event) => put("target", event.target.value)} /></label>
    <${Press} off=${off || missing || (ledger.busy ? t("saving") : "")} onPress=${ledger.enter}>${t("to_ledger")}<//>
    <span class="saved" role="status">${ledger.number > 0 && `✓ ${t("in_ledger", { n: ledger.number })}`}</span>
    <${Refusal} refusal=${refusal || ledger.refusal} /></div>`;
}

function onKey(event, draft) {
  // Enter also picks a candidate while Chinese is being composed.
  if (event.isComposing) return;
  if (event.key === "Enter") {
    event.preventDefault();
    draft.save();
  }
  if (event.key === "Escape") event.target.blur();
}

function Saved({ draft }) {
  const { status, refusal } = draft;
  const text = status === "refused" ? t("not_saved", { why: refusalText(refusal) }) : t(status);
  return html`<p class=${"saved saved-" + status} role="status" title=${refusal && refusal.message}>${status === "saved" && "✓ "}${text}</p>`;
}

// What is typed, against what the server has: `text`, `status` (`saved`, `saving`, `unsaved`,
// `saved_later` or `refused`), and `theirs` where somebody else changed it meanwhile, else null.
function useDraft(segment) {
  const desk = useDesk();
  const [text, setText] = useState(segment.pledge);
  const [base, setBase] = useState(segment.pledge); // the server's, on which the typing began
  const [sending, setSending] = useState(null);
  const [refusal, setRefusal] = useState(null);
  const dirty = tidy(text) !== segment.pledge;
  const timer = useRef(0);

  async function save() {
    clearTimeout(timer.current);
    const { text, dirty, sending } = latest.current;
    if (!dirty || sending !== null) return;
    setSending(tidy(text));
    setRefusal(null);
    try {
      await desk.order("set_pledge", { segment: segment.id, pledge: tidy(text) }, 0);
    } catch (refused) {
      setRefusal(refused);
    } finally {
      setSending(null);
    }
  }
  const latest = useLatest({ text, dirty, sending, save });

  function type(value) {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => latest.current.save(), PAUSE_MS);
  }

  function takeTheirs() {
    setText(segment.pledge);
    setBase(segment.pledge);
  }

  // The server's text changed: ours, or one we had not touched, is simply the new ground.
  const ours = [tidy(text), sending].includes(segment.pledge);
  const untouched = tidy(text) === base;
  useEffect(() => {
    if (ours) setBase(segment.pledge);
    else if (untouched) takeTheirs();
  }, [segment.pledge]);
  // What was typed while a save was on its way, or while the line was down, goes after it. What
  // the server will not take waits for another word.
  const online = desk.state.line.status === "online";
  const hopeless = refusal && !refusal.retry;
  useEffect(() => {
    if (online && dirty && sending === null && !hopeless) type(text);
  }, [online, sending]);
  useEffect(() => () => latest.current.save(), []);

  const theirs = !ours && !untouched && segment.pledge !== base ? segment.pledge : null;
  return { text, status: statusOf({ dirty, sending, refusal, online }), refusal, theirs, type, save, takeTheirs };
}

function statusOf({ dirty, sending, refusal, online }) {
  if (sending !== null) return "saving";
  if (!dirty) return "saved";
  if (!online) return "saved_later";
  return refusal ? "refused" : "unsaved";
}

// As the server keeps it: one line.
const tidy = (text) => text.split(/\s+/).filter(Boolean).join(" ");
