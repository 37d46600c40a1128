// One move of a pledge: its words, its evidence, its new date. A file is sent when it is chosen.

import { html, useEffect, useRef, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { NEEDS_NOTE } from "./state.js";
import { refusedText, t } from "./words.js";

const UPLOAD_MS = 60000;

export function MoveForm({ desk, pledge, move, done, leave }) {
  const [note, setNote] = useState("");
  const [due, setDue] = useState("");
  const [files, setFiles] = useState([]);
  const [sending, setSending] = useState("");
  const [wrong, setWrong] = useState("");
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);
  const form = useRef(null);
  useEffect(() => form.current.elements[0].focus(), []);

  async function take(event) {
    const chosen = [...event.currentTarget.files];
    event.currentTarget.value = "";
    setWrong("");
    setRefusal(null);
    for (const file of chosen) {
      setSending(file.name);
      try {
        const kept = await api("POST", "/api/ledger/evidence", file, UPLOAD_MS);
        setFiles((all) => [...all.filter((one) => one.sha256 !== kept.sha256), { ...kept, name: file.name.slice(0, 120) }]);
      } catch (error) {
        setRefusal({ ...error, message: `${file.name}: ${error.message}` });
      }
    }
    setSending("");
  }

  async function submit(event) {
    event.preventDefault();
    const missing = NEEDS_NOTE.includes(move) && !note.trim() ? "note" : move === "claim" && !files.length ? "files"
      : move === "reschedule" && !(due > desk.state.data.today) ? "due" : "";
    setWrong(missing);
    if (missing) return form.current.elements[missing].focus();
    setBusy(true);
    setRefusal(null);
    try {
      await desk.command("move_pledge", { pledge: pledge.id, move, note, due, files });
      done();
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  }

  const said = (field, key) => html`<p class="wrong" id=${`move-${field}-wrong`} aria-live="polite">${wrong === field && `▲ ${t(key)}`}</p>`;
  const invalid = (field) => ({ "aria-invalid": wrong === field ? "true" : undefined, "aria-describedby": `move-${field}-wrong` });
  return html`
    <form class="move" ref=${form} onSubmit=${submit} onKeyDown=${(event) => event.key === "Escape" && leave()} novalidate>
      <h3>${t(`move_${move}`)}</h3>
      <div class="field">
        <label for="move-note">${t("note")}</label>
        <textarea id="move-note" name="note" rows="3" maxlength="2000" value=${note} onInput=${(event) => setNote(event.currentTarget.value)} ...${invalid("note")} />
        ${said("note", "note_need")}
        <p class="quiet hint">${t("public_note")}</p>
      </div>
      ${move === "reschedule" && html`
        <div class="field">
          <label for="move-due">${t("date_new")}</label>
          <input type="date" id="move-due" name="due" min=${desk.state.data.today} value=${due} onInput=${(event) => setDue(event.currentTarget.value)} ...${invalid("due")} />
          ${said("due", "date_need")}
        </div>`}
      <div class="field">
        <label for="move-files">${t("files")}</label>
        <input type="file" id="move-files" name="files" multiple accept=".pdf,.jpg,.jpeg,.png,.webp,.mp4,.docx,.xlsx" disabled=${Boolean(sending)} onChange=${take} ...${invalid("files")} />
        <p class="quiet hint">${t("files_hint")}</p>
        ${said("files", "files_need")}
        <p role="status">${sending && t("uploading", { name: sending })}</p>
        <ul class="files">${files.map((file) => html`
          <li key=${file.sha256}>✓ ${file.name} <button type="button" class="plain" aria-label=${t("remove", { name: file.name })}
            onClick=${() => setFiles(files.filter((one) => one !== file))}>✕</button></li>`)}</ul>
      </div>
      <p class="wrong" role="alert">${refusal && `▲ ${refusedText(refusal)}`}</p>
      <div class="keys">
        <button class="primary" disabled=${busy || Boolean(sending)}>${busy ? t("working") : t(`move_${move}`)}</button>
        <button type="button" onClick=${leave}>${t("cancel")}</button>
      </div>
    </form>
  `;
}
