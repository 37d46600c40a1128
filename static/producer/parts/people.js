// Staff accounts, for the owner: who may do what, and the one-time links to claim an account. For
// producers: the keys of control panels.

import { html, useEffect, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { pick } from "../../shared/words.js";
import { ACTIONS, USUAL } from "../actions.js";
import { t } from "../words.js";
import { Copy, Held, refusedText } from "./controls.js";

export const ROLES = ["owner", "producer", "director", "verifier", "supervision", "media", "unit"];

export function People({ desk }) {
  return html`
    ${desk.has("owner") && html`<${Accounts} desk=${desk} />`}
    ${desk.has("producer") && html`<${ControlKeys} desk=${desk} />`}
  `;
}

function Accounts({ desk }) {
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

function ControlKeys({ desk }) {
  const [keys, setKeys] = useState(null);
  const [made, setMade] = useState(null); // {name, token}: shown until the next, never again
  const [refusal, setRefusal] = useState(null);

  // What is done first, and the list after it.
  async function attempt(act) {
    setRefusal(null);
    try {
      if (act) await act();
      setKeys(await api("GET", "/api/control-keys"));
      return true;
    } catch (error) {
      setRefusal(error);
      return false;
    }
  }
  useEffect(() => { attempt(); }, []);

  const make = (key) => attempt(async () => {
    setMade(null);
    setMade(await api("POST", "/api/control-keys", key));
  });
  const episodes = desk.state.catalogue ? desk.state.catalogue.shows.flatMap((show) => show.episodes) : [];
  function where({ episode }) {
    const found = episodes.find((one) => one.id === episode);
    return episode ? t("control_of_one", { episode: found ? pick(found.title) : episode }) : t("control_of_on");
  }
  const revoke = (id) => attempt(() => api("DELETE", `/api/control-keys/${encodeURIComponent(id)}`));

  return html`
    ${refusal && html`<p class="strip bad" role="alert">${refusedText(refusal)} <button type="button" onClick=${() => attempt()}>${t("again")}</button></p>`}
    <div class="columns">
      <section class="card">
        <h2>${t("control_keys")}</h2>
        <p class="quiet">${t("control_keys_say")}</p>
        ${!keys && !refusal && html`<p class="quiet" role="status">${t("loading")}</p>`}
        ${keys && keys.length === 0 && html`<p class="quiet">${t("control_keys_none")}</p>`}
        ${keys && keys.length > 0 && html`
          <ul class="key-list">${keys.map((one) => html`
            <li key=${one.id}>
              <div><b>${one.name}</b> <span class="quiet">${where(one)}</span><br />
                ${one.actions.map((action) => t(`act_${action}`)).join(" · ")}</div>
              <${Held} cls="danger" onDone=${() => revoke(one.id)}>${t("control_revoke")}<//>
            </li>`)}</ul>`}
      </section>
      <section class="card">
        <h2>${t("control_new")}</h2>
        <${NewKey} episode=${desk.state.chosen} onMake=${make} />
        <div aria-live="polite">${made && html`
          <h3 class="key-made">${t("control_key_for", { name: made.name })}</h3>
          <${Copy} label=${t("control_key_for", { name: made.name })} text=${made.token} />
          <p class="clash-said">${t("control_key_once")}</p>`}</div>
      </section>
    </div>
  `;
}

// An action's name in addresses, where its word does not begin with it.
const unsaid = (action) => (t(`act_${action}`).split(" ")[0] === action ? "" : action);

function NewKey({ episode, onMake }) {
  const [name, setName] = useState("");
  const [actions, setActions] = useState(USUAL);
  const [bound, setBound] = useState(true);
  const [wrong, setWrong] = useState("");

  async function make(event) {
    event.preventDefault();
    const problem = !name.trim() ? "control_name_missing" : actions.length ? "" : "control_act_missing";
    setWrong(problem);
    if (!problem && (await onMake({ name: name.trim(), actions, episode: bound && episode ? episode : "" }))) setName("");
  }

  const toggle = (action) => setActions(actions.includes(action) ? actions.filter((one) => one !== action) : [...actions, action]);
  return html`
    <form onSubmit=${make}>
      <div class="field">
        <label for="new-key">${t("control_key")}</label>
        <input id="new-key" type="text" value=${name} maxlength="40" autocomplete="off"
          aria-describedby="new-key-hint" aria-invalid=${wrong === "control_name_missing" ? "true" : undefined} onInput=${(event) => setName(event.currentTarget.value)} />
        <p id="new-key-hint" class="quiet hint">${t("control_name_hint")}</p>
      </div>
      <fieldset class="choice">
        <legend>${t("control_may")}</legend>
        <div class="key-actions">${ACTIONS.map((action) => html`
          <label key=${action}><input type="checkbox" checked=${actions.includes(action)} onChange=${() => toggle(action)} />
            <span>${t(`act_${action}`)} <span class="quiet">${unsaid(action)}</span></span></label>`)}</div>
      </fieldset>
      <fieldset class="choice" disabled=${!episode}>
        <legend>${t("control_where")}</legend>
        <label><input type="radio" name="key-where" checked=${bound && Boolean(episode)} onChange=${() => setBound(true)} /><span>${t("control_where_one")}</span></label>
        <label><input type="radio" name="key-where" checked=${!bound || !episode} onChange=${() => setBound(false)} /><span>${t("control_where_on")}</span></label>
      </fieldset>
      <p class="wrong" role="alert">${wrong && html`<span aria-hidden="true">▲</span> ${t(wrong)}`}</p>
      <button class="primary">${t("control_make")}</button>
    </form>
  `;
}
