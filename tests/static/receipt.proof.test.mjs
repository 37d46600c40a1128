import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import test from "node:test";
import { check, lineOf, readKey, readNote, readReceipt, rootOf, verdict } from "../../static/receipt/proof.js";
import words from "../../static/receipt/words.js";

const { subtle } = webcrypto;
const sha = (...parts) => createHash("sha256").update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();

// RFC 6962's definitions, over leaves' hashes.
const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };
const mth = (d) => (d.length === 1 ? d[0] : sha([1], mth(d.slice(0, split(d.length))), mth(d.slice(split(d.length)))));
function path(m, d) {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k ? path(m, d.slice(0, k)).concat([mth(d.slice(k))]) : path(m - k, d.slice(k)).concat([mth(d.slice(0, k))]);
}

const ballot = (index) => ({ index, voter: "0a".repeat(16), panel: "studio", seq: 1, value: 87, received_ms: 1772367300123 });
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
const keyId = sha("livevote\n", [1], raw).subarray(0, 4);
const KEY = `livevote+${keyId.toString("hex")}+${Buffer.concat([Buffer.from([1]), raw]).toString("base64")}`;
const ASKED = { episode: "e1", run: "R01", index: 5, receipt: "7K3MQ9TX2B4C" };

function proofOf(index, size) {
  const leaves = Array.from({ length: size }, (_, i) => sha([0], lineOf(ballot(i + 1))));
  const text = `livevote/e1/r1\n${size}\n${mth(leaves).toString("base64")}\nchain ${"c0".repeat(32)}\ntime 1772367301000\n`;
  const signature = Buffer.concat([keyId, sign(null, Buffer.from(text), privateKey)]).toString("base64");
  return { run: "r1", code: "R01", ballot: ballot(index), path: path(index - 1, leaves).map((step) => step.toString("hex")), note: `${text}\n— livevote ${signature}\n`, key: KEY };
}

test("a receipt is read from a link, a fragment or four parts", () => {
  for (const typed of ["https://x.example/receipt#e1.R01.5.7K3MQ9TX2B4C", "#e1.R01.5.7K3MQ9TX2B4C", " e1 R01 5 7k3m-q9tx-2b4c\n", "e1 R01 5 7K3M Q9TX 2B4C"]) {
    assert.deepEqual(readReceipt(typed), ASKED, typed);
  }
  for (const typed of ["", "e1", "e1.R01.5", "e1.R01.x.7K3MQ9TX2B4C", "e1.R01.0.7K3MQ9TX2B4C", "e1.R01.5.7K3MQ9TX2B4", "e1.R01.5.7K3MQ9TX2B4C7"]) {
    assert.equal(readReceipt(typed), null, typed);
  }
});

test("every leaf of every small tree leads to its root, and to no other", async () => {
  for (let size = 1; size <= 17; size += 1) {
    const leaves = Array.from({ length: size }, (_, i) => sha([0], [i]));
    for (let place = 0; place < size; place += 1) {
      const steps = path(place, leaves);
      const root = mth(leaves).toString("hex");
      const found = await rootOf(subtle, leaves[place], place, size, steps);
      assert.equal(Buffer.from(found).toString("hex"), root);
      assert.equal(await rootOf(subtle, leaves[place], place, size, steps.concat([leaves[0]])), null);
      if (steps.length) assert.equal(await rootOf(subtle, leaves[place], place, size, steps.slice(1)), null);
      assert.equal(await rootOf(subtle, leaves[place], size, size, steps), null);
    }
  }
});

test("a good proof is proven, with the checkpoint's size", async () => {
  const found = await check(ASKED, proofOf(5, 11), subtle);
  assert.deepEqual(found.checks, { ballot: true, path: true, signature: true });
  assert.deepEqual([found.size, found.time_ms, verdict(found)], [11, 1772367301000, "proven"]);
});

test("whatever is changed is seen", async () => {
  const good = proofOf(5, 11);
  const bent = {
    value: { ...good, ballot: { ...good.ballot, value: 88 } },
    voter: { ...good, ballot: { ...good.ballot, voter: "0b".repeat(16) } },
    index: { ...good, ballot: { ...good.ballot, index: 6 } },
    path: { ...good, path: good.path.slice(1) },
    step: { ...good, path: [good.path[1], good.path[0], ...good.path.slice(2)] },
    size: { ...good, note: good.note.replace("\n11\n", "\n12\n") },
    time: { ...good, note: good.note.replace("time 17", "time 18") },
    episode: { ...good, note: good.note.replace("/e1/", "/e2/") },
    run: { ...good, note: good.note.replace("/r1\n", "/r2\n"), run: "r2" },
    other: { ...good, run: "r2", code: "R02" },
    name: { ...good, note: good.note.replace("— livevote", "— another") },
    key: { ...good, key: good.key.replace("livevote+", "another+") },
    rubbish: { ...good, note: "rubbish" },
    nothing: { ballot: good.ballot },
  };
  for (const [name, proof] of Object.entries(bent)) {
    assert.equal(verdict(await check(ASKED, proof, subtle)), "differs", name);
  }
  assert.equal(verdict(await check({ ...ASKED, run: "r1" }, good, subtle)), "proven", "by its id");
  assert.equal(verdict(await check({ ...ASKED, run: "r2" }, good, subtle)), "differs");
  assert.equal(verdict(await check({ ...ASKED, index: 4 }, good, subtle)), "differs");
});

test("what a browser cannot check is never called proven", async () => {
  const plain = await check(ASKED, proofOf(5, 11), undefined);
  assert.deepEqual(plain.checks, { ballot: true, path: null, signature: null });
  const old = { digest: subtle.digest.bind(subtle), importKey: () => Promise.reject(new Error("unknown")), verify: () => true };
  const half = await check(ASKED, proofOf(5, 11), old);
  assert.deepEqual(half.checks, { ballot: true, path: true, signature: null });
  for (const found of [plain, half]) assert.equal(verdict(found), "unchecked");
  const wrong = proofOf(5, 11);
  assert.equal(verdict(await check(ASKED, { ...wrong, path: [] }, old)), "differs");
});

test("notes and keys are read as the server writes them", () => {
  const note = readNote(proofOf(1, 3).note);
  assert.deepEqual([note.origin, note.size, note.signatures.length], ["livevote/e1/r1", 3, 1]);
  assert.deepEqual(Buffer.from(readKey(KEY).public), Buffer.from(raw));
});

test("both languages say the same things with the same places", () => {
  const places = (text) => (text.match(/\{\w+\}/g) || []).sort();
  for (const [key, { zh, en }] of Object.entries(words)) assert.deepEqual(places(zh), places(en), key);
  const source = readFileSync(new URL("../../static/receipt/main.js", import.meta.url), "utf8");
  for (const [, key] of source.matchAll(/say\("(\w+)"\)/g)) assert.ok(key in words, key);
});
