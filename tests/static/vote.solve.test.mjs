// The worker that does a viewer's work: right by Node's own SHA-256.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { test } from "node:test";

const posted = [];
globalThis.self = globalThis;
globalThis.postMessage = (message) => posted.push(message);
await import("../../static/vote/solve.js");

// A challenge as the server makes it, from the number that solves it.
function challenge(counter) {
  const [salt, nonce, number] = [randomBytes(16), randomBytes(16), Buffer.alloc(4)];
  number.writeUInt32BE(counter);
  const key = createHash("sha256").update(Buffer.concat([salt, nonce, number])).digest("hex");
  return { key, data: { salt: salt.toString("hex"), nonce: nonce.toString("hex"), keyPrefix: key.slice(0, 32) } };
}

test("it finds the number of the challenge and the whole hash", () => {
  for (const counter of [0, 1, 255, 256, 65537]) {
    const { key, data } = challenge(counter);
    self.onmessage({ data });
    const found = posted.pop();
    assert.deepEqual([found.counter, found.derivedKey], [counter, key]);
    assert.ok(found.time >= 0);
  }
});

test("its hash is right for many texts", () => {
  for (let i = 0; i < 500; i++) {
    const { key, data } = challenge(i % 7);
    self.onmessage({ data });
    assert.equal(posted.pop().derivedKey, key);
  }
});
