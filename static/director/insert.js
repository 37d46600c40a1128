// Insert a segment while the show runs: the host may pick an official on the spot.

import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { pick } from "../shared/words.js";
import { useDesk, useOrders } from "./desk.js";
import { Press, Refusal, barredText } from "./parts.js";
import { afterCurrent } from "./state.js";
import { t } from "./words.js";

const BLANK = { unit_zh: "", unit_en: "", post_zh: "", post_en: "", question: "" };
const AFTER = "after";

export function Insert() {
  const { state } = useDesk();
  const [open, setOpen] = useState(false);
  const off = barredText(state, "insert_segment");
  return html`<div class="insert">
    ${open ? html`<${Form} leave=${() => setOpen(false)} />`
      : html`<${Press} off=${off} onPress=${() => setOpen(true)}>＋ ${t("insert")}<//>`}
  </div>`;
}

function Form({ leave }) {
  const { state } = useDesk();
  const orders = useOrders();
  const [draft, setDraft] = useState(BLANK);
  const [place, setPlace] = useState(AFTER);
  const [missing, setMissing] = useState(false);
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);

  async function submit(event) {
    event.preventDefault();
    if (!(draft.unit_zh + draft.unit_en).trim()) {
      setMissing(true);
      first.current.focus();
      return;
    }
    const before = place === AFTER ? afterCurrent(state) : place;
    if (await orders.give("insert_segment", { segment: segmentOf(draft), before })) leave();
  }

  const field = (name, extra = {}) => html`<label key=${name}><span>${t(name)}</span>
    <input class="field" value=${draft[name]} maxlength="120" ...${extra}
      onInput=${(event) => { setMissing(false); setDraft({ ...draft, [name]: event.target.value }); }} /></label>`;
  return html`<form class="insert-form" onSubmit=${submit} onKeyDown=${(event) => event.key === "Escape" && leave()}>
    <h3>${t("insert")}</h3>
    ${field("unit_zh", { ref: first, "aria-invalid": missing })}
    ${field("unit_en")}${field("post_zh")}${field("post_en")}
    ${field("question", { maxlength: 2000 })}
    <label><span>${t("place")}</span>
      <select class="field" value=${place} onChange=${(event) => setPlace(event.target.value)}>
        <option value=${AFTER}>${t("after_current")}</option>
        ${state.view.segments.map((s) => html`<option key=${s.id} value=${s.id}>
          ${t("before_unit", { n: s.position, unit: pick(s.unit) })}</option>`)}
        <option value="">${t("at_end")}</option>
      </select></label>
    ${missing && html`<p class="worry" role="alert">${t("need_unit")}</p>`}
    <${Refusal} refusal=${orders.refusal} />
    <div class="form-row"><button type="submit" class="press go">${t("do_insert")}</button>
      <${Press} onPress=${leave}>${t("cancel")}<//></div>
  </form>`;
}

const segmentOf = (draft) => ({
  id: "live-" + Date.now().toString(36),
  unit: { zh: draft.unit_zh, en: draft.unit_en },
  post: { zh: draft.post_zh, en: draft.post_en },
  question: draft.question,
});
