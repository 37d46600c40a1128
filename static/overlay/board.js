// The ranking of all revealed segments, best first. More rows than there is room for stand on pages that
// turn.

import { approach, pageAt, progressed } from "./motion.js";
import { chip, el, fit, list, mark, mode, pair, put, shown, style } from "./parts.js";

const PAGE_MS = 10000;
// Rows share what header and edges leave, px, and are neither higher nor lower than that.
const AROUND = 192;
const ROW_LEAST = 78;
const ROW_MOST = 104;
// Closer to its place than this part of a row, a row has arrived.
const PLACE_EPSILON = 0.005;

// On a board that comes in, rows stand where they were when it last was on air, long enough to be
// read; then they move.
const HOLD_MS = 800;

const HEADINGS = ["rank", "who", "studio", "online", "level", "score"];

// last: {order} of the board that was on air before, best first; brought up to date here.
export function create(cut, last) {
  const title = pair("title");
  const about = el("span", "about");
  const page = el("span", "page");
  const headings = el("div", "columns-of-board headings");
  const fillHeadings = list(headings, () => pair("heading"));
  const table = el("div", "table");
  const empty = pair("empty");
  const root = el("div", "box board", el("div", "header", title.root, about, page), headings, table, empty.root);
  const rows = {};
  let order = cut ? [] : last.order || [];
  let before = [];
  let on_air_ms = 0;

  function draw(picture, dt_ms, seen, room) {
    on_air_ms += dt_ms;
    const some = picture.rows.length > 0;
    mode(root, "kind", picture.kind);
    mode(root, "online", picture.rows.some((row) => row.online !== ""));
    title.set(picture.title);
    put(about, [picture.show.main, picture.episode.main].filter(Boolean).join("  ·  "));
    empty.set(picture.empty);
    shown(empty.root, !some);
    shown(headings, some);
    fillHeadings(HEADINGS, (part, name) => {
      mode(part.root, "name", name);
      part.set(picture.headings[name]);
    });
    drawRows(picture.rows, dt_ms, room - AROUND);
  }

  function drawRows(list, dt_ms, room) {
    const pages = Math.max(1, Math.ceil(list.length / Math.floor(room / ROW_LEAST)));
    const on_page = Math.ceil(list.length / pages);
    const now = pageAt(on_air_ms, pages, PAGE_MS);
    const height = Math.min(ROW_MOST, Math.floor(room / Math.max(1, on_page)));
    style(table, "height", on_page * height + "px");
    put(page, pages > 1 ? now + 1 + " / " + pages : "");
    remember(list.map((row) => row.key));
    drop(list);
    list.forEach((row, i) => {
      const part = rows[row.key] || enter(row.key, on_page);
      const was = before.indexOf(row.key);
      part.here = Math.floor(i / on_page) === now;
      part.to = i % on_page;
      part.set(row, was < 0 ? 0 : was - i);
    });
    const held = before.length > 0 && on_air_ms < HOLD_MS;
    Object.keys(rows).forEach((key) => place(rows[key], height, held ? 0 : dt_ms));
  }

  function remember(now) {
    if (now.join("/") === order.join("/")) return;
    before = order;
    order = now;
    last.order = now;
  }

  function enter(key, on_page) {
    // On a board that comes in the rows are there; on one that was seen without it a new row fades in.
    const was = before.indexOf(key);
    const there = on_air_ms === 0 && (was >= 0 || before.length === 0);
    rows[key] = Object.assign(boardRow(), { at: was < on_page ? was : -1, opacity: there ? 1 : 0 });
    table.append(rows[key].root);
    return rows[key];
  }

  function drop(kept) {
    Object.keys(rows).filter((key) => !kept.some((row) => row.key === key)).forEach((key) => {
      rows[key].root.remove();
      delete rows[key];
    });
  }

  // A row glides to its new place. Where the page turns, the old rows go before the new ones come.
  function place(row, height, dt_ms) {
    const unseen = row.opacity === 0 || row.at < 0;
    row.at = unseen ? row.to : approach(row.at, row.to, dt_ms, PLACE_EPSILON);
    const going = Object.keys(rows).some((key) => !rows[key].here && rows[key].opacity > 0);
    if (!row.here || !going) row.opacity = progressed(row.opacity, row.here, dt_ms);
    // Under the one that rises, the others pass unread.
    mode(row.root, "rising", row.at > row.to);
    style(row.root, "height", height + "px");
    style(row.root, "transform", "translateY(" + (row.at * height).toFixed(2) + "px)");
    style(row.root, "opacity", row.opacity.toFixed(3));
  }

  return { root, draw };
}

const CHINESE = /[\u4e00-\u9fff]/;
const UNIT = { most: 44, least: 36 };

function boardRow() {
  const rank = el("span", "number");
  const arrow = mark();
  const places = el("span", "");
  const moves = el("span", "moved", arrow.root, places);
  const unit = el("span", "unit");
  const post = el("span", "post");
  const who = el("div", "who", unit, post);
  const other = el("div", "other");
  const studio = el("span", "count studio");
  const online = el("span", "count online");
  const level = chip("level");
  const none = pair("none");
  const score = el("span", "score");
  const root = el("div", "columns-of-board row", el("span", "rank", rank, moves), el("div", "names", who, other), studio, online,
    el("div", "levels", level.root, none.root), score);

  // gained: places since the order that was seen before; negative for lost.
  function set(row, gained) {
    mode(root, "gold", row.gold);
    put(rank, row.rank);
    shown(moves, gained !== 0);
    mode(moves, "gained", gained > 0);
    arrow.set(gained > 0 ? "up" : "down");
    put(places, String(Math.abs(gained)));
    put(unit, row.unit.main);
    // Below the unit stands its name in the other language; without one, the post, unless it is
    // Chinese, which cannot be read that small.
    const alone = row.unit.sub === "" && !CHINESE.test(row.post.main);
    put(post, alone ? "" : row.post.main);
    fit(unit, row.unit.main + row.post.main, UNIT.most, UNIT.least);
    put(other, alone ? row.post.main : row.unit.sub);
    put(studio, row.studio);
    put(online, row.online);
    level.set(row.level);
    none.set(row.none);
    put(score, row.figure || "–");
  }
  return { root, set };
}
