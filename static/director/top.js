// The bar at the top: which episode this is, where voters land, the server's time, language, keys.

import { html, useEffect, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { lang, pick, setLang } from "../shared/words.js";
import { useDesk, useNow } from "./desk.js";
import { Held, Press, Refusal, time } from "./parts.js";
import { may } from "./state.js";
import { t } from "./words.js";

export function Top({ help, toggleHelp, redraw }) {
  const { state } = useDesk();
  const { episode } = state.view;
  const other = lang() === "zh" ? "en" : "zh";
  return html`<header class="top">
    <h1>${t("director")}</h1>
    <p class="episode"><b>${pick(episode.title)}</b> <span class="quiet">${pick(episode.show)}</span></p>
    <${Door} episode=${episode.id} rehearsal=${Boolean(episode.rehearsal)} />
    <${Time} />
    <a class="press" href="?choose">${t("other_episode")}</a>
    <button type="button" class="press" lang=${other === "zh" ? "zh-CN" : "en"} onClick=${() => { setLang(other); redraw(); }}>${t("language")}</button>
    <${Press} k="?" pressed=${help} onPress=${toggleHelp}>${t("help")}<//>
    <p class="account quiet">${state.you && state.you.account}</p>
  </header>`;
}

const zone = () => new Intl.DateTimeFormat("en", { timeZoneName: "short" }).formatToParts().find((p) => p.type === "timeZoneName").value;

const Time = () => html`<p class="time">${time(useNow(500))} <span class="quiet">${zone()}</span></p>`;

// Other consoles may move the voters too.
const LOOK_MS = 10000;

// Where voters land: one episode at a time, for the whole server.
function Door({ episode, rehearsal }) {
  const { state } = useDesk();
  const [on, setOn] = useState(null); // null is unknown
  const [refusal, setRefusal] = useState(null);
  useEffect(() => {
    const look = () => api("GET", "/api/session").then((session) => setOn(session.on), () => setOn(null));
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const here = on === episode;
  const text = on === null ? "door_unknown" : here ? "door_here" : on ? "door_elsewhere" : "door_none";
  const turn = () => api("POST", "/api/on", here ? { episode: "" } : { episode, rehearsal })
    .then(() => { setOn(here ? "" : episode); setRefusal(null); }, setRefusal);
  return html`<div class=${"door" + (here ? " door-here" : "")}>
    <p role="status"><span aria-hidden="true">${here ? "●" : "○"}</span> ${t(text)}</p>
    ${may(state, "open") && on !== null && html`<${Held} what=${"door " + on} onDone=${turn}>${t(here ? "door_shut" : rehearsal ? "door_open_rehearsal" : "door_open")}<//>`}
    <${Refusal} refusal=${refusal} />
  </div>`;
}
