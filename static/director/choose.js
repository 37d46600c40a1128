// Which episode to direct, where none is on and none was named.

import { html, useEffect, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { lang, pick } from "../shared/words.js";
import { t } from "./words.js";

const date = (ms) => new Date(ms).toLocaleDateString(lang() === "zh" ? "zh-CN" : "en", { year: "numeric", month: "long", day: "numeric" });

// missing: an id that was asked for and is not there, else "".
export function Choose({ missing }) {
  const [found, setFound] = useState(null);
  const [failure, setFailure] = useState(null);
  const look = () => {
    setFailure(null);
    api("GET", "/api/shows").then(setFound, setFailure);
  };
  useEffect(look, []);
  return html`<main class="choose">
    <header><h1>${t("choose_episode")}</h1>
      <a class="press" href=${"?choose&lang=" + (lang() === "zh" ? "en" : "zh")}>${t("language")}</a></header>
    ${missing && html`<p class="notice notice-mid" role="alert">${t("no_such_episode", { id: missing })}</p>`}
    ${failure && html`<p class="notice notice-poor" role="alert">${t("failed", { message: failure.message })}
      <button type="button" class="press" onClick=${look}>${t("try_again")}</button></p>`}
    ${!found && !failure && html`<p role="status">${t("connecting")}</p>`}
    ${found && html`<${Shows} ...${found} />`}
  </main>`;
}

function Shows({ shows, on }) {
  const filled = shows.filter((show) => show.episodes.length);
  if (!filled.length) {
    return html`<div class="empty"><p>${t("no_shows")}</p><p class="quiet">${t("no_shows_do")}</p>
      <a class="press go" href="/producer">${t("to_producer")}</a></div>`;
  }
  return filled.map((show) => html`<section key=${show.id}><h2>${pick(show.name)}</h2><ul>
    ${[...show.episodes].reverse().map((episode) => html`<li key=${episode.id}>
      <a class="press" href=${"?" + new URLSearchParams({ episode: episode.id })}><b>${pick(episode.title)}</b>
        <span class="quiet">${t("made_on", { date: date(episode.created_ms) })}${episode.id === on && ` · ● ${t("is_on")}`}</span></a></li>`)}
  </ul></section>`);
}
