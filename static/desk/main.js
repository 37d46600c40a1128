// The staff's page of the question desk: queues beside the case that is open. It asks the server
// anew every few seconds and after every order; what is typed meanwhile stays.

import { html, render, useEffect, useRef, useState } from "../shared/ui.js";
import { api } from "../shared/api.js";
import { lang, pick, setLang } from "../shared/words.js";
import { Act, Moderate } from "./acts.js";
import { Setting } from "./setting.js";
import { dayOf, hashOf, mayModerate, mayRead, momentOf, placeOf, queuesFor, stepsFor } from "./state.js";
import { t } from "./words.js";

const LOOK_MS = 5000;

function Page() {
  const [, redraw] = useState(0);
  const [account, setAccount] = useState(null);
  const [place, setPlace] = useState(placeOf(location.hash));
  const [search, setSearch] = useState("");
  const [desk, setDesk] = useState(null);
  const [open, setOpen] = useState(null);
  const [offline, setOffline] = useState(false);
  const newest = useRef({});
  newest.current = { place, search, desk };

  // Answers come in any order: one that is of another place is too late.
  async function look() {
    const { place: mine, search: words } = newest.current;
    const queue = mine.queue === "setting" ? "all" : mine.queue;
    try {
      const found = await api("GET", `/api/desk?${new URLSearchParams({ show: queue, q: words })}`);
      const one = mine.id ? await api("GET", `/api/desk/cases/${encodeURIComponent(mine.id)}`).catch(missing(mine.id)) : null;
      if (newest.current.place !== mine || newest.current.search !== words) return;
      setDesk(found);
      setOpen(one);
      setOffline(false);
    } catch (error) {
      if (error.code === "not_signed_in") return signIn();
      setOffline(error.code === "offline" || error.retry);
    }
  }

  useEffect(() => {
    setLang(lang());
    api("GET", "/api/session").then(({ account: found }) => (found ? setAccount(found) : signIn()), () => setOffline(true));
    const moved = () => setPlace(placeOf(location.hash));
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  useEffect(() => {
    if (!account) return undefined;
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [account, place, search]);
  useEffect(() => {
    document.title = [open && open.id, t("desk"), "livevote"].filter(Boolean).join(" · ");
  }, [open, lang()]);

  const roles = account ? account.roles : [];
  const mine = mayRead(roles);
  // Bound to a unit that the desk does not ask: it would wait for cases that never come.
  const unknown = desk && account && account.unit && !desk.setting.units.some((unit) => unit.name.zh === account.unit);
  return html`
    <a class="skip" href="#content" onClick=${(event) => { event.preventDefault(); document.getElementById("content").focus(); }}>${t("skip")}</a>
    <header class="top">
      <h1>${t("desk")}</h1>
      <p class="line" role="status">${offline ? t("offline") : ""}</p>
      <a href=${`/questions?lang=${lang()}`}>${t("public_pages")}</a>
      ${roles.includes("unit") && html`<a href="/ledger">${t("ledger")}</a>`}
      ${account && html`<span class="quiet">${account.name}${account.unit && ` · ${account.unit}`}</span>`}
      <button type="button" class="plain" lang=${lang() === "zh" ? "en" : "zh-CN"} onClick=${() => { setLang(lang() === "zh" ? "en" : "zh"); redraw((n) => n + 1); }}>${t("language")}</button>
      <button type="button" class="plain" onClick=${logout}>${t("logout")}</button>
    </header>
    ${account && !mine
      ? html`<main id="content" tabindex="-1"><p class="empty">${t("not_yours")}</p></main>`
      : html`
        ${unknown && html`<p class="strip calm" role="status">${t("unit_unknown", { unit: account.unit })}</p>`}
        <${Queues} place=${place} desk=${desk} roles=${roles} />
        <main id="content" tabindex="-1" class=${place.id || place.queue === "setting" ? "has-case" : ""}>
          ${place.queue === "setting"
            ? desk && html`<${Setting} desk=${desk} onDone=${look} />`
            : html`
              <${List} place=${place} desk=${desk} search=${search} onSearch=${setSearch} />
              <section class="case" aria-label=${place.id || t("choose")}>
                ${place.id && html`<a class="back" href=${hashOf({ ...place, id: "" })}>← ${t("back")}</a>`}
                ${open && open.id === place.id && !open.missing && desk
                  ? html`<${Case} key=${open.id} found=${open} desk=${desk} roles=${roles} onDone=${look} />`
                  : html`<p class="empty">${t(!place.id ? "choose" : open && open.id === place.id ? "no_case" : "loading")}</p>`}
              </section>`}
        </main>`}
  `;
}

// A case that is not there, or that is another unit's: the server makes no difference.
const missing = (id) => (error) => {
  if (error.code !== "not_found") throw error;
  return { id, missing: true };
};

function signIn() {
  const next = location.pathname + location.search + location.hash;
  location.replace(`/login?${new URLSearchParams({ next })}`);
}

async function logout() {
  await api("POST", "/api/logout").catch(() => {});
  location.assign("/login?next=/desk");
}

function Queues({ place, desk, roles }) {
  const places = queuesFor(roles);
  return html`<nav class="tabs" aria-label=${t("queues")}>
    ${places.map((queue) => html`
      <a key=${queue} href=${hashOf({ queue })} aria-current=${queue === place.queue ? "page" : undefined}>
        ${t(`queue_${queue}`)}
        ${desk && queue in desk.counts && html`<span class=${`count count-${queue}`} data-some=${desk.counts[queue] > 0}>${desk.counts[queue]}</span>`}
      </a>`)}
  </nav>`;
}

function List({ place, desk, search, onSearch }) {
  return html`<section class="list" aria-label=${t(`queue_${place.queue}`)}>
    <input type="search" aria-label=${t("search")} placeholder=${t("search")} value=${search} onInput=${(e) => onSearch(e.target.value)} />
    ${!desk && html`<p class="empty" role="status">${t("loading")}</p>`}
    ${desk && !desk.cases.length && html`<p class="empty">${t("empty")}</p>`}
    <ul>${desk && desk.cases.map((row) => html`
      <li key=${row.id}><a href=${hashOf({ queue: place.queue, id: row.id })} aria-current=${row.id === place.id ? "true" : undefined}>
        <span class="row-title">${row.title || t("erased_all")}</span>
        <span class="quiet">${row.id} · ${t(`kind_${row.kind}`)}${row.hard ? ` · ${t("hard")}` : ""} · ${unitOf(desk, row.unit)}</span>
        <span class="row-marks">
          <span class="stage">${t(`stage_${row.stage}`)}</span>
          ${row.due_ms > 0 && html`<span class=${row.overdue ? "overdue" : "quiet"}>${row.overdue ? `▲ ${t("overdue")} · ` : ""}${t("due", { date: dayOf(row.due_ms, desk.zone) })}</span>`}
          ${row.rating && html`<span class="quiet">${t(`rating_${row.rating}`)}</span>`}
          ${row.promoted.includes("show") && html`<span class="on">▶</span>`}
        </span></a></li>`)}</ul>
    ${desk && desk.found > desk.cases.length && html`<p class="quiet">${t("more", { n: desk.found - desk.cases.length })}</p>`}
  </section>`;
}

const unitOf = (desk, id) => {
  const unit = desk.setting.units.find((one) => one.id === id);
  return unit ? pick(unit.name) : id;
};

function Case({ found, desk, roles, onDone }) {
  const unit = (id) => unitOf(desk, id);
  const fact = (label, value) => value && html`<div><dt>${t(label)}</dt><dd>${value}</dd></div>`;
  return html`
    <h2>${found.title || found.id}</h2>
    <dl class="facts">
      <div><dt>${found.id}</dt><dd>${t(`kind_${found.kind}`)}${found.hard ? ` (${t("hard")})` : ""}</dd></div>
      ${fact("unit", unit(found.unit))}
      ${fact("handler", found.handler)}
      ${fact("filed", momentOf(found.filed_ms, desk.zone))}
      <div><dt>${t("stage")}</dt><dd>${t(`stage_${found.stage}`)}
        ${found.due_ms > 0 && html` · <span class=${found.overdue ? "overdue" : ""}>${found.overdue ? "▲ " : ""}${t("due", { date: dayOf(found.due_ms, desk.zone) })}</span>`}</dd></div>
      ${found.rating && fact("rating", t(`rating_${found.rating}`))}
      ${found.erased !== "all" && found.contact !== null && html`
        <div class="wide"><dt>${t("contact")} <span class="quiet">(${t("contact_note")})</span></dt>
        <dd>${[found.name, found.contact].filter(Boolean).join(" · ") || t("none")}</dd></div>`}
    </dl>
    ${!found.may_publish && html`<p class="strip calm">${t("kept_back")}</p>`}
    ${found.erased && html`<p class="strip calm">${t(`erased_${found.erased}`)}</p>`}
    ${found.refused_for && html`<p class="strip calm">${t("refused_for", { reason: found.refused_for })}</p>`}
    ${found.promotions.map((made) => html`<p class="strip info">${made.to === "show" ? t("became_show", { episode: pick(found.episodes[made.episode]) || made.episode }) : t("became_pledge", { id: made.id })}</p>`)}
    ${found.posts.map((post, place) => html`
      <article key=${place} class=${`post post-${post.author}`}>
        <header><b>${post.author === "unit" ? `${unit(post.unit)} · ${post.by}` : t("post_filer")}</b>
          <span class="quiet">${momentOf(post.at_ms, desk.zone)}</span>
          ${post.late && html`<span class="overdue">▲ ${t("late")}</span>`}
          ${found.may_publish && found.erased !== "all" && html`<span class=${`moderation moderation-${post.moderation}`}>${t(`moderation_${post.moderation}`)}</span>`}</header>
        <div class="text">${post.text}</div>
        ${post.photos.length > 0 && html`<div class="photos">${post.photos.map((name, i) => html`
          <a key=${name} href=${`/api/questions/${found.id}/photos/${name}`} target="_blank"><img src=${`/api/questions/${found.id}/photos/${name}`} alt=${t("photo", { n: i + 1 })} /></a>`)}</div>`}
        ${post.moderation === "shown" && post.shown_text !== post.text && html`<p class="quiet shown">${t("shown_as", { text: post.shown_text })}</p>`}
        ${found.may_publish && found.erased !== "all" && found.stage !== "refused" && mayModerate(roles) && html`<${Moderate} found=${found} place=${place} onDone=${onDone} />`}
      </article>`)}
    ${found.forwards.length > 0 && html`<ul class="forwards">${found.forwards.map((one) => html`
      <li>${t(one.unit ? "forwarded" : "returned", { date: momentOf(one.at_ms, desk.zone), source: unit(one.source), unit: unit(one.unit), reason: one.reason })}</li>`)}</ul>`}
    ${!mayModerate(roles) && !roles.includes("unit") && html`<p class="strip calm">${t("read_only")}</p>`}
    <div class="acts">${stepsFor(found, roles).map((step) => html`
      <${Act} key=${`${step} ${found.stage}`} step=${step} found=${found} desk=${desk} roles=${roles} first=${["accept", "answer"].includes(step)} onDone=${onDone} />`)}</div>
  `;
}

setLang(lang());
render(html`<${Page} />`, document.getElementById("page"));
