// What a proof says, checked here and not believed: from a ballot's line to its leaf, up the path
// to the root, and the signature on the root. Pure: no page, no words. Formats: PROTOCOL.md.

export const DASH = "—";
const RECEIPT = /^[0-9A-Z]{12}$/;
const text = new TextEncoder();

// "#episode.run.index.receipt", a whole link or the four parts, as {episode, run, index, receipt};
// null where something is missing. Dashes and spaces of a receipt do not matter.
export function readReceipt(typed) {
  const parts = typed.trim().replace(/^.*#/s, "").split(/[.,;\s]+/).filter(Boolean);
  const [episode, run, index] = parts;
  const receipt = parts.slice(3).join("").replace(/-/g, "").toUpperCase();
  if (!/^\d{1,9}$/.test(index || "") || index < 1 || !RECEIPT.test(receipt)) return null;
  return { episode, run, index: Number(index), receipt };
}

export const lineOf = ({ index, voter, panel, seq, value, received_ms }) =>
  [index, voter, panel, seq, value, received_ms].join(",");

export const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(hex) {
  if (!/^([0-9a-f]{2})*$/.test(hex)) throw new Error("no hex: " + hex);
  return Uint8Array.from(hex.match(/../g) || [], (pair) => parseInt(pair, 16));
}

export const fromBase64 = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

const sha256 = async (subtle, ...parts) => new Uint8Array(await subtle.digest("SHA-256", joined(...parts)));

// The root that a leaf's path leads to (RFC 9162, 2.1.3.2); null for a path that is too short or
// too long. place: from 0.
export async function rootOf(subtle, leaf, place, size, path) {
  if (!(place >= 0 && place < size)) return null;
  let found = leaf;
  let last = size - 1;
  for (const step of path) {
    if (last === 0) return null;
    if (place % 2 || place === last) {
      found = await sha256(subtle, [1], step, found);
      while (place && place % 2 === 0) [place, last] = [place / 2, Math.floor(last / 2)];
    } else {
      found = await sha256(subtle, [1], found, step);
    }
    [place, last] = [Math.floor(place / 2), Math.floor(last / 2)];
  }
  return last === 0 ? found : null;
}

// A signed note as {origin, size, root, time_ms, signed, signatures: [{name, id, signature}]}.
export function readNote(note) {
  const end = note.lastIndexOf("\n\n");
  const signed = note.slice(0, end + 1);
  const [origin, size, root, , time] = signed.split("\n");
  const signatures = note.slice(end + 2).trim().split("\n").map((line) => {
    const [dash, name, base64] = line.split(" ");
    const bytes = fromBase64(base64);
    if (end < 0 || dash !== DASH || bytes.length !== 68) throw new Error("no signature: " + line);
    return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { origin, size: Number(size), root: fromBase64(root), time_ms: Number(time.replace("time ", "")), signed, signatures };
}

// A verifier key as {name, id, public}.
export function readKey(key) {
  const [name, id] = key.split("+", 2);
  const bytes = fromBase64(key.slice(name.length + id.length + 2));
  if (bytes.length !== 33 || bytes[0] !== 1) throw new Error("no Ed25519 key: " + key);
  return { name, id: fromHex(id), public: bytes.slice(1) };
}

// true, false, or null where this browser knows no Ed25519.
async function signatureRight(subtle, note, key) {
  const id = (await sha256(subtle, text.encode(key.name + "\n"), [1], key.public)).slice(0, 4);
  const ours = note.signatures.find((one) => one.name === key.name && same(one.id, id));
  if (!same(id, key.id) || !ours) return false;
  try {
    const imported = await subtle.importKey("raw", key.public, { name: "Ed25519" }, false, ["verify"]);
    return await subtle.verify({ name: "Ed25519" }, imported, ours.signature, text.encode(note.signed));
  } catch (e) {
    return null;
  }
}

// What was asked and the server's proof → {checks: {ballot, path, signature}, size, time_ms,
// origin}: each check true, false, or null for what this browser cannot do. subtle: WebCrypto's,
// undefined where the page is not on a secure address.
export async function check(asked, proof, subtle) {
  const checks = { ballot: false, path: false, signature: false };
  try {
    const note = readNote(proof.note);
    const told = { size: note.size, time_ms: note.time_ms, origin: note.origin };
    // Of the number and the run that were asked for. Only its id stands in what is signed; that a
    // code is this run's, the server says.
    checks.ballot = proof.ballot.index === asked.index && [proof.run, proof.code].includes(asked.run)
      && note.origin === `livevote/${asked.episode}/${proof.run}`;
    if (!subtle) return { ...told, checks: { ...checks, path: null, signature: null } };
    const leaf = await sha256(subtle, [0], text.encode(lineOf(proof.ballot)));
    const root = await rootOf(subtle, leaf, proof.ballot.index - 1, note.size, proof.path.map(fromHex));
    checks.path = Boolean(root) && same(root, note.root);
    checks.signature = await signatureRight(subtle, note, readKey(proof.key));
    return { ...told, checks };
  } catch (e) {
    return { checks: { ...checks, signature: false }, size: 0, time_ms: 0, origin: "" };
  }
}

// What to tell: "proven", "unchecked" (nothing is wrong, not all could be checked) or "differs".
export function verdict({ checks }) {
  const found = Object.values(checks);
  if (found.includes(false)) return "differs";
  return found.includes(null) ? "unchecked" : "proven";
}
