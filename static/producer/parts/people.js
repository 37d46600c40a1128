// Staff accounts, for the owner: who may do what, and the one-time links to claim an account.

import { html, useEffect, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { t } from "../words.js";
import { Copy, Held, refusedText } from "./controls.js";

export const ROLES = ["owner", "producer", "director", "verifier", "supervision", "media", "unit"];

export function People({ desk }) {
  const [accounts, setAccounts] = useState(null);
  const [link, setLink] = useState(null); // {name, link}: shown until the next, never again
  const [refusal, setRefusal] = useState(null);

  const load = () => attempt(async () => setAccounts(await api("GET", "/api/accounts")));
  useEffect(() => { load(); }, []);

  async function attempt(act) {
    setRefusal(null);
    try {
      await act();
      return true;
    } catch (error) {
      setRefusal(error);
      return false;
    }
  }

  // Also renews: the account's old password and links end.
  const give = (name, roles, unit) => attempt(async () => {
    setLink(null);
    setLink(await api("POST", "/api/accounts", { name, roles, unit }));
    setAccounts(await api("GET", "/api/accounts"));
  });
  const remove = (name) => attempt(async () => {
    await api("DELETE", `/api/accounts/${encodeURIComponent(name)}`);
    setLink(null);
    setAccounts(await api("GET", "/api/accounts"));
  });

  return html`
    ${link && html`
      <section class="card link" aria-live="polite">
        <h2>${t("link_for", { name: link.name })}</h2>
        <${Copy} label=${t("link_for", { name: link.name })} text=${new URL(link.link, location.href).href} />
        <p class="clash-said">${t("link_once")}</p>
      </section>`}
    ${refusal && html`<p class="strip bad" role="alert">${refusedText(refusal)} <button type="button" onClick=${load}>${t("again")}</button></p>`}
    <div class="columns">
      <section class="card">
        <h2>${t("accounts")}</h2>
        ${!accounts && !refusal && html`<p class="quiet" role="status">${t("loading")}</p>`}
        ${accounts && html`
          <div class="scroll" tabindex="0" role="group" aria-label=${t("accounts")}><table class="plain-table">
            <thead><tr><th scope="col">${t("account")}</th><th scope="col">${t("roles")}</th><th scope="col">${t("claimed")}</th><td></td></tr></thead>
            <tbody>${accounts.map((one) => html`
              <${Account} key=${one.name} one=${one} me=${one.name === desk.state.account.name} onGive=${give} onRemove=${remove} />`)}</tbody>
          </table></div>`}
      </section>
      <section class="card">
        <h2>${t("new_account")}</h2>
        <${NewAccount} taken=${(accounts || []).map((one) => one.name)} onGive=${give} />
      </section>
    </div>
  `;
}

function Account({ one, me, onGive, onRemove }) {
  return html`
    <tr>
      <th scope="row">${one.name} ${me && html`<span class="quiet">${t("you")}</span>`}</th>
      <td>${one.roles.map((role) => t(`role_${role}`)).join(" · ")}${one.unit && html` <span class="quiet">${one.unit}</span>`}</td>
      <td>${one.claimed ? `✓ ${t("claimed_yes")}` : html`<span class="clash-said">○ ${t("claimed_no")}</span>`}</td>
      <td class="row-keys">${!me && html`
        <${Held} onDone=${() => onGive(one.name, one.roles, one.unit)}>${t("renew")}<//>
        <${Held} cls="danger" onDone=${() => onRemove(one.name)}>${t("delete")}<//>`}</td>
    </tr>
  `;
}

function NewAccount({ taken, onGive }) {
  const [name, setName] = useState("");
  const [roles, setRoles] = useState(["producer"]);
  const [unit, setUnit] = useState("");
  const [wrong, setWrong] = useState("");
  const bound = roles.includes("unit");

  async function make(event) {
    event.preventDefault();
    const problem = !name.trim() ? "account_missing" : taken.includes(name.trim()) ? "account_taken" : !roles.length ? "role_missing" : bound && !unit.trim() ? "unit_missing_account" : "";
    setWrong(problem);
    if (!problem && (await onGive(name.trim(), roles, bound ? unit.trim() : ""))) setName("");
  }

  const toggle = (role) => setRoles(roles.includes(role) ? roles.filter((one) => one !== role) : [...roles, role]);
  return html`
    <form onSubmit=${make}>
      <div class="field">
        <label for="new-name">${t("account")}</label>
        <input id="new-name" type="text" value=${name} maxlength="40" autocapitalize="none" spellcheck=${false} autocomplete="off"
          aria-describedby="new-name-hint" aria-invalid=${wrong.startsWith("account") ? "true" : undefined} onInput=${(event) => setName(event.currentTarget.value)} />
        <p id="new-name-hint" class="quiet hint">${t("account_hint")}</p>
      </div>
      <fieldset class="choice">
        <legend>${t("roles")}</legend>
        ${ROLES.map((role) => html`
          <label key=${role}><input type="checkbox" checked=${roles.includes(role)} onChange=${() => toggle(role)} />
            <span><strong>${t(`role_${role}`)}</strong> <span class="quiet">${t(`role_${role}_say`)}</span></span></label>`)}
      </fieldset>
      ${bound && html`
        <div class="field">
          <label for="new-unit">${t("unit_name")}</label>
          <input id="new-unit" type="text" value=${unit} maxlength="120" aria-invalid=${wrong === "unit_missing_account" ? "true" : undefined} onInput=${(event) => setUnit(event.currentTarget.value)} />
        </div>`}
      <p class="wrong" role="alert">${wrong && html`<span aria-hidden="true">▲</span> ${t(wrong)}`}</p>
      <button class="primary">${t("make_account")}</button>
    </form>
  `;
}
