// The overlay for graphics machines: its address as each of them takes it, a picture of it, and
// which overlays are connected.

import { useScreen } from "../../shared/screen.js";
import { html, useState } from "../../shared/ui.js";
import { api } from "../../shared/api.js";
import { drawingOf, hostOf, isFullSize } from "../../shared/overlays.js";
import { DEFAULTS, OPTIONS, addressOf, amcpLine, feedsOf, filesOf, pushLine, queryOf } from "../addresses.js";
import { clock, zone } from "../times.js";
import { hasWord, t } from "../words.js";
import { Copy, Select, refusedText } from "./controls.js";

export function Overlay({ desk }) {
  const { state } = desk;
  const [link, setLink] = useState(null);
  const [chosen, setChosen] = useState(DEFAULTS);
  const [refusal, setRefusal] = useState(null);

  async function make() {
    setRefusal(null);
    try {
      setLink(await api("POST", desk.path("overlay-link")));
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
          <${Options} chosen=${chosen} choose=${(name, value) => setChosen({ ...chosen, [name]: value })} />
          ${desk.has("producer", "director")
            ? html`<button type="button" class="primary" onClick=${make}>${t(link ? "overlay_again" : "overlay_make")}</button>`
            : html`<p class="quiet">${t("overlay_read")}</p>`}
          ${link && html`<p class="clash-said">${t("overlay_key")}</p><${Addresses} link=${link} chosen=${chosen} />`}
          ${refusal && html`<p class="wrong" role="alert">${refusedText(refusal)}</p>`}
        </section>
      </div>
      <div>
        <${Preview} episode=${state.chosen} chosen=${chosen} />
        <${Connected} ops=${state.ops} />
      </div>
    </div>
  `;
}

// Choices without a word of their own, of a newer page, stand as they are in the address.
const wordOf = (key, text) => (hasWord(key) ? t(key) : text);

function Options({ chosen, choose }) {
  return html`<div class="fields overlay-options">${Object.entries(OPTIONS).map(([name, choices]) => html`
    <div class="field" key=${name}>
      <label for=${`overlay-${name}`}>${wordOf(`option_${name}`, name)}</label>
      <${Select} id=${`overlay-${name}`} value=${chosen[name]} onValue=${(value) => choose(name, value)}
        options=${choices.map((value) => ({ value, name: wordOf(`option_${name}_${value}`, value) }))} />
    </div>`)}</div>`;
}

// [program, what to do there, the texts to copy], of each kind of machine.
function machines(link, chosen) {
  const address = (host) => addressOf(link.url, chosen, host);
  const { ograf, spx } = filesOf(link);
  return [
    ["OBS", "how_obs", [address("obs")]],
    ["vMix", "how_vmix", [address("vmix")]],
    ["CasparCG", "how_caspar", [amcpLine(address("casparcg")), pushLine(address("casparcg"))]],
    ["SPX", "how_spx", [...spx, link.url]],
    ["OGraf", "how_ograf", [...ograf, link.url]],
  ];
}

function Addresses({ link, chosen }) {
  return html`<dl class="how">${machines(link, chosen).map(([program, how, texts]) => html`
    <div key=${program}>
      <dt>${program}</dt>
      <dd>${t(how)} ${texts.map((text, i) => html`<${Copy} key=${i} label=${`${program} ${i + 1}`} text=${text} />`)}</dd>
    </div>`)}
    <${Feeds} link=${link} />
  </dl>`;
}

function Feeds({ link }) {
  const feeds = feedsOf(link);
  const [name, setName] = useState(feeds[0][0]);
  const [, address] = feeds.find((feed) => feed[0] === name);
  return html`<div>
    <dt><label for="feed">${t("feeds")}</label></dt>
    <dd>${t("how_feeds")}
      <${Select} id="feed" value=${name} onValue=${setName}
        options=${feeds.map(([value]) => ({ value, name: wordOf(`feed_${value}`, value) }))} />
      <${Copy} label=${t("feed_address")} text=${address} />
    </dd>
  </div>`;
}

// The page itself with the options chosen, as large as there is room. It is not counted as on air.
function Preview({ episode, chosen }) {
  const place = useScreen();
  const query = queryOf(chosen);
  query.set("episode", episode);
  return html`<section class="card">
    <h2>${t("overlay_preview")}</h2>
    <div class="overlay-picture" ref=${place}>
      <iframe title=${t("overlay_preview")} tabindex="-1" src=${`/overlay?${query}`}></iframe>
    </div>
    <p class="hint quiet">${t(chosen.show === "preview" ? "overlay_preview_cued" : "overlay_preview_air")}</p>
  </section>`;
}

function Connected({ ops }) {
  const overlays = ops ? ops.overlays : [];
  return html`<section class="card">
    <h2>${t("overlays_here", { count: overlays.length })}</h2>
    ${overlays.length === 0 && html`<p class="quiet">${t("no_overlays")}</p>`}
    ${overlays.length > 0 && html`
      <div class="table-scroll" tabindex="0" role="region" aria-label=${t("overlays_here", { count: overlays.length })}>
        <table class="plain-table">
          <thead><tr>
            <th scope="col">${t("host")}</th><th scope="col">${t("size")}</th><th scope="col" class="right">${t("fps")}</th>
            <th scope="col">${t("heard")}</th><th scope="col">${t("since", { zone: zone() })}</th>
          </tr></thead>
          <tbody>${overlays.map((one, i) => html`<${Host} key=${i} one=${one} now=${ops.now} />`)}</tbody>
        </table>
      </div>`}
  </section>`;
}

function Host({ one, now }) {
  const drawing = drawingOf(one);
  const heard = one.age_ms >= 0;
  const seconds = (one.frame_age_ms / 1000).toFixed(1);
  return html`
    <tr>
      <th scope="row">${hostOf(one)}</th>
      <td>${heard && `${one.width}×${one.height}`} ${heard && !isFullSize(one) && html`<span class="clash-said">▲ ${t("wrong_size")}</span>`}</td>
      <td class="right">${heard && one.fps}</td>
      <td class=${`state ${CLASSES[drawing]}`}>${MARKS[drawing]} ${t(`drawing_${drawing}`)}</td>
      <td>${clock(now - one.up_ms)}</td>
    </tr>
    <tr class="agent"><td colspan="5">${one.frame_age_ms >= 0 && html`<b>${t("last_frame", { seconds, size: one.size })}</b> `}${one.agent}</td></tr>
  `;
}

const CLASSES = { drawing: "good", slow: "clash-said", waiting: "quiet", still: "wrong", silent: "wrong" };
const MARKS = { drawing: "✓", slow: "▲", waiting: "…", still: "✕", silent: "✕" };
