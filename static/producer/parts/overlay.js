// The overlay's address for the graphics machine, and which overlays are connected.

import { html, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { t } from "../words.js";
import { Copy, refusedText } from "./controls.js";

// An overlay that was silent for longer has stopped drawing.
const SILENT_MS = 5000;

export function Overlay({ desk }) {
  const { state } = desk;
  const [url, setUrl] = useState("");
  const [refusal, setRefusal] = useState(null);
  const overlays = state.ops ? state.ops.overlays : [];

  async function make() {
    setRefusal(null);
    try {
      setUrl((await api("POST", desk.path("overlay-link"))).url);
    } catch (error) {
      setRefusal(error);
    }
  }

  return html`
    <div class="columns">
      <div>
        <section class="card">
          <h2>${t("overlay_link")}</h2>
          <p>${t("overlay_say")}</p>
          ${desk.has("producer", "director")
            ? html`<button type="button" class="primary" onClick=${make}>${t(url ? "overlay_again" : "overlay_make")}</button>`
            : html`<p class="quiet">${t("overlay_read")}</p>`}
          ${url && html`<${Copy} label=${t("overlay_link")} text=${url} /><p class="clash-said">${t("overlay_key")}</p>`}
          ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
        </section>
        <section class="card">
          <h2>${t("overlays_here", { count: overlays.length })}</h2>
          ${overlays.length === 0 && html`<p class="quiet">${t("no_overlays")}</p>`}
          ${overlays.length > 0 && html`
            <table class="plain-table">
              <thead><tr><th scope="col">${t("host")}</th><th scope="col">${t("size")}</th><th scope="col" class="right">${t("fps")}</th><th scope="col" class="right">${t("heard")}</th></tr></thead>
              <tbody>${overlays.map((one, i) => html`<${Host} key=${i} one=${one} />`)}</tbody>
            </table>`}
        </section>
      </div>
      <section class="card how">
        <h2>${t("how")}</h2>
        <dl>
          <dt>OBS</dt><dd>${t("how_obs")}</dd>
          <dt>vMix</dt><dd>${t("how_vmix")}</dd>
          <dt>CasparCG</dt><dd>${t("how_caspar")} <code>CG 1-20 ADD 0 "${url || "http://…/overlay#…"}" 1</code></dd>
          <dt>SPX</dt><dd>${t("how_spx")}</dd>
        </dl>
      </section>
    </div>
  `;
}

function Host({ one }) {
  const right = one.width === 1920 && one.height === 1080;
  const silent = one.age_ms > SILENT_MS;
  return html`
    <tr>
      <th scope="row" title=${one.agent}>${hostName(one.agent)}</th>
      <td>${one.width}×${one.height} ${right ? "" : html`<span class="clash-said">▲ ${t("wrong_size")}</span>`}</td>
      <td class="right">${one.fps}</td>
      <td class="right">${silent ? html`<span class="wrong">▲ ${t("silent", { seconds: Math.round(one.age_ms / 1000) })}</span>` : `✓ ${t("drawing")}`}</td>
    </tr>
  `;
}

// The part of a user agent that a person would name: "OBS 30.2.3".
function hostName(agent) {
  const found = agent.match(/\b(OBS|CasparCG|vMix|XSplit|SPX)[/ ]?([\d.]*)/i) || agent.match(/\b(Firefox|Chrome|Safari)\/([\d]+)/);
  return found ? `${found[1]} ${found[2]}`.trim() : agent || "–";
}
