// The line for staff and overlays: what line.js does, and orders that are answered.

import { openLine } from "./line.js";

export { AFTER_MS, RULES, STOPS, serverClock } from "./line.js";

const unanswered = (id) => ({
  t: "refused", id, code: "offline", message: "the connection was lost before an answer came", where: "",
  retry: true, retry_after_ms: 0,
});

// See openLine. link.order(name, args, expect) sends a command of staff: resolves with {rev},
// rejects with the `refused` message. Code "offline": nobody knows whether it was carried out;
// the next state tells.
export function openLink(options) {
  const waiting = new Map(); // id → {resolve, reject}
  let last = 0;

  function settle(message) {
    const order = waiting.get(message.id);
    if (!order) return;
    waiting.delete(message.id);
    if (message.t === "done") order.resolve({ rev: message.rev });
    else order.reject(message);
  }

  const link = openLine(Object.assign({}, options, {
    onMessage(message) {
      if (message.t === "done" || message.t === "refused") settle(message);
      if (options.onMessage) options.onMessage(message);
    },
    onStatus(status) {
      if (status !== "online") Array.from(waiting.keys()).forEach((id) => settle(unanswered(id)));
      if (options.onStatus) options.onStatus(status);
    },
  }));

  link.order = (name, args, expect) => new Promise((resolve, reject) => {
    const id = String(++last);
    waiting.set(id, { resolve, reject });
    if (!link.send({ t: "command", id, name, args: args || {}, expect: expect || 0 })) settle(unanswered(id));
  });
  return link;
}
