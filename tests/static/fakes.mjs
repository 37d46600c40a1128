// A window, a document, a WebSocket and a clock that only move when a test says so.

import { mock } from "node:test";

const STEP_MS = 50;

export function fakePage() {
  const page = { now: 1000, sockets: [], random: 0.5 };
  const target = () => Object.assign(new EventTarget(), {});
  globalThis.window = target();
  globalThis.document = Object.assign(target(), { visibilityState: "visible" });
  globalThis.location = { origin: "http://studio.test", search: "" };
  globalThis.WebSocket = class {
    constructor(url, protocol) {
      Object.assign(this, { url, protocol, sent: [], closed: false });
      page.sockets.push(this);
    }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() { this.closed = true; }
    // What the other side does:
    open() { this.onopen(); }
    say(message) { this.onmessage({ data: JSON.stringify(message) }); }
    cut(code = 1006) { this.onclose({ code }); }
  };
  mock.method(performance, "now", () => page.now);
  mock.method(Date, "now", () => 1_700_000_000_000);
  mock.method(Math, "random", () => page.random);
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  return Object.assign(page, {
    // Small steps, so that a timer sees the clock of its own moment.
    advance(ms) {
      for (let gone = 0; gone < ms; gone += STEP_MS) {
        page.now += STEP_MS;
        mock.timers.tick(STEP_MS);
      }
    },
    last: () => page.sockets[page.sockets.length - 1],
    fire: (target, name) => target.dispatchEvent(new Event(name)),
    restore() {
      mock.timers.reset();
      mock.restoreAll();
    },
  });
}
