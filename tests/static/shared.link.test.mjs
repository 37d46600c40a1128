import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test, { afterEach, beforeEach } from "node:test";
import { openLink } from "../../static/shared/link.js";
import { AFTER_MS, STOPS, serverClock } from "../../static/shared/line.js";
import { fakePage } from "./fakes.mjs";

let page;
let heard;
let statuses;
let link;

beforeEach(() => {
  page = fakePage();
  heard = [];
  statuses = [];
});

afterEach(() => {
  link.close();
  page.restore();
});

const welcome = (now = 5000) => ({ t: "welcome", now, epoch: "e", rev: 7, resumed: false });

function open(options) {
  link = openLink({ channel: "voter", onMessage: (m) => heard.push(m.t), onStatus: (s) => statuses.push(s), ...options });
  return page.last();
}

function online(options) {
  const socket = open(options);
  socket.open();
  socket.say(welcome());
  return socket;
}

test("says hello first and is online with the welcome", () => {
  const socket = open({ episode: "E1", token: "t" });
  assert.equal(socket.url, "ws://studio.test/socket");
  assert.equal(socket.protocol, "livevote.json");
  assert.equal(link.status, "connecting");
  assert.equal(link.send({ t: "cast" }), false, "nothing goes out before the welcome");
  socket.open();
  assert.deepEqual(socket.sent, [{ t: "hello", v: 1, channel: "voter", episode: "E1", token: "t" }]);
  socket.say(welcome());
  assert.equal(link.status, "online");
  assert.deepEqual(heard, ["welcome"]);
  assert.equal(link.send({ t: "cast" }), true);
});

test("https becomes wss", () => {
  location.origin = "https://studio.test";
  assert.equal(open().url, "wss://studio.test/socket");
});

test("messages arrive in order, all of them", () => {
  const socket = online();
  ["state", "mine", "tally", "counted"].forEach((t) => socket.say({ t, epoch: "e", rev: 7 }));
  assert.deepEqual(heard, ["welcome", "state", "mine", "tally", "counted"]);
});

test("after a cut it comes back with the newest state it has", () => {
  const socket = online();
  socket.say({ t: "state", epoch: "e", rev: 9, view: {} });
  socket.cut();
  assert.equal(link.status, "offline");
  page.advance(250);
  assert.equal(page.sockets.length, 2);
  page.last().open();
  assert.deepEqual([page.last().sent[0].epoch, page.last().sent[0].rev], ["e", 9]);
});

test("another episode: the old one's state is not offered", () => {
  const socket = online();
  socket.say({ t: "state", epoch: "e", rev: 9, view: {} });
  socket.cut(4410);
  page.advance(250);
  page.last().open();
  assert.equal("rev" in page.last().sent[0], false);
});

test("waits longer from try to try, up to the slowest, with full jitter", () => {
  page.random = 0.999;
  open({ slowest_ms: 2000 });
  const waits = [];
  for (let i = 0; i < 6; i += 1) {
    const before = page.now;
    const tries = page.sockets.length;
    page.last().cut();
    while (page.sockets.length === tries) page.advance(50);
    waits.push(page.now - before);
  }
  assert.deepEqual(waits, [250, 500, 1000, 2000, 2000, 2000]);
  page.random = 0;
  page.last().cut();
  page.advance(50);
  assert.equal(page.sockets.length, 8, "jitter reaches down to at once");
});

test("a welcome makes the next wait short again", () => {
  page.random = 0.999;
  open();
  for (let i = 0; i < 4; i += 1) {
    page.last().cut();
    page.advance(2000);
  }
  page.last().open();
  page.last().say(welcome());
  assert.equal(link.failures, 0);
  const tries = page.sockets.length;
  page.last().cut();
  page.advance(250);
  assert.equal(page.sockets.length, tries + 1);
});

test("a close that says when to come back is obeyed", () => {
  open().cut(4503);
  page.advance(2950);
  assert.equal(page.sockets.length, 1);
  page.advance(300);
  assert.equal(page.sockets.length, 2);
});

test("a close that says stay away is final", () => {
  open().cut(4409);
  assert.deepEqual([link.status, link.closeCode, statuses], ["stopped", 4409, ["stopped"]]);
  page.advance(60_000);
  page.fire(window, "online");
  assert.equal(page.sockets.length, 1);
});

test("the close rules are the server's", () => {
  const source = readFileSync(new URL("../../livevote/wire/codes.py", import.meta.url), "utf8");
  const codes = Object.fromEntries(Array.from(source.matchAll(/^ {4}(\w+) = (\d+)$/gm), ([, name, code]) => [name, Number(code)]));
  const rules = Array.from(source.matchAll(/Close\.(\w+): CloseRule\((True|False), (\d+)/g));
  assert.ok(rules.length > 5);
  for (const [, name, comeBack, after] of rules) {
    assert.equal(STOPS.includes(codes[name]), comeBack === "False", name);
    if (comeBack === "True") assert.equal(AFTER_MS[codes[name]] || 0, Number(after), name);
  }
  assert.equal(rules.filter(([, , comeBack]) => comeBack === "False").length, STOPS.length);
});

test("pings every four seconds and takes the clock from the answer", () => {
  const socket = online();
  page.advance(4050);
  const ping = socket.sent[1];
  assert.deepEqual([ping.t, Number.isInteger(ping.c)], ["ping", true]);
  page.advance(100);
  socket.say({ t: "pong", c: ping.c, now: 90_000 });
  assert.equal(link.now(), 5_000 + 4_150, "the welcome's trip was shorter and still rules");
  while (socket.sent.length < 3) page.advance(50);
  const next = socket.sent[2];
  socket.say({ t: "pong", c: next.c, now: 90_000 });
  assert.equal(link.now(), 90_000, "a trip as short as the best, but newer");
});

test("the server's clock: the shortest round trip wins, a new connection starts again", () => {
  link = { close() {} };
  const clock = serverClock();
  page.now = 1000;
  clock.sample(600, 50_000); // 400 ms: the server said this about 200 ms ago
  assert.equal(clock.now(), 50_200);
  clock.sample(900, 60_000); // 100 ms: better
  assert.equal(clock.now(), 60_050);
  clock.sample(500, 70_000); // 500 ms: worse
  assert.equal(clock.now(), 60_050);
  clock.reset();
  assert.equal(clock.now(), 60_050, "until the first sample, the old offset is the best there is");
  clock.sample(500, 70_000);
  assert.equal(clock.now(), 70_250);
  for (let i = 0; i < 8; i += 1) clock.sample(900 - i, 80_000);
  assert.equal(clock.now(), 80_050, "old samples go: clocks drift");
});

test("ten seconds of silence with a ping out: dead, whatever the socket says", () => {
  const socket = online();
  page.advance(9_900);
  assert.equal(link.status, "online");
  page.advance(1_000);
  assert.equal(socket.closed, true);
  assert.equal(link.status, "offline");
  socket.say({ t: "state", epoch: "x", rev: 99 });
  assert.deepEqual(heard, ["welcome"], "a socket that was given up is not listened to");
});

test("any message counts as life", () => {
  const socket = online();
  for (let i = 0; i < 6; i += 1) {
    page.advance(5000);
    socket.say({ t: "tally" });
  }
  assert.equal(link.status, "online");
});

test("a page that slept for a minute does not call a quiet line dead", () => {
  const socket = online();
  page.advance(4_050);
  socket.say({ t: "pong", c: socket.sent[1].c, now: 1 });
  page.now += 60_000; // no timers ran
  page.advance(500);
  assert.equal(link.status, "online");
  assert.equal(socket.sent[2].t, "ping");
});

test("an attempt that never gets a welcome is given up", () => {
  const socket = open();
  page.advance(4_600);
  assert.equal(socket.closed, true);
  page.advance(300);
  assert.equal(page.sockets.length, 2);
});

test("waking up while waiting connects at once", () => {
  page.random = 0.999;
  open();
  for (let i = 0; i < 6; i += 1) {
    page.last().cut();
    if (i < 5) page.advance(5000);
  }
  const tries = page.sockets.length;
  page.fire(window, "online");
  assert.equal(page.sockets.length, tries + 1);
  page.fire(window, "pageshow");
  page.fire(document, "visibilitychange");
  assert.equal(page.sockets.length, tries + 1, "several events of one waking make one attempt");
  page.advance(5000);
});

test("waking up on a line that looks alive: answers soon, or is dead", () => {
  const socket = online();
  page.fire(document, "visibilitychange");
  assert.equal(socket.sent[1].t, "ping");
  page.advance(2_000);
  socket.say({ t: "pong", c: socket.sent[1].c, now: 1 });
  page.advance(2_000);
  assert.equal(link.status, "online");
  page.fire(window, "offline");
  page.advance(3_100);
  assert.equal(link.status, "offline");
});

test("a page in the background does not start anything", () => {
  const socket = online();
  document.visibilityState = "hidden";
  page.fire(document, "visibilitychange");
  assert.equal(socket.sent.length, 1);
});

test("close is the end", () => {
  const socket = online();
  link.close();
  assert.equal(socket.closed, true);
  assert.equal(link.status, "stopped");
  page.advance(20_000);
  assert.equal(page.sockets.length, 1);
});

test("an order resolves with its own done", async () => {
  const socket = online({ channel: "staff" });
  const first = link.order("arm", { segment: "s1" }, 41);
  const second = link.order("blank");
  assert.deepEqual(socket.sent[1], { t: "command", id: "1", name: "arm", args: { segment: "s1" }, expect: 41 });
  assert.deepEqual(socket.sent[2], { t: "command", id: "2", name: "blank", args: {}, expect: 0 });
  socket.say({ t: "done", id: "2", rev: 43 });
  socket.say({ t: "done", id: "1", rev: 42 });
  assert.deepEqual([await first, await second], [{ rev: 42 }, { rev: 43 }]);
});

test("an order that is refused rejects with the refusal", async () => {
  const socket = online();
  const order = link.order("open", { run: "r1" });
  socket.say({ t: "refused", id: "1", code: "wrong_phase", message: "no", where: "", retry: false });
  await assert.rejects(order, { code: "wrong_phase" });
});

test("an order without an answer rejects when the line is lost, and at once where there is none", async () => {
  const socket = online();
  const lost = link.order("open");
  socket.cut();
  await assert.rejects(lost, { code: "offline", retry: true });
  await assert.rejects(link.order("open"), { code: "offline" });
});
