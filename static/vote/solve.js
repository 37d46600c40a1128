// A worker that finds the number a challenge of the server asks for, so that the page stays alive
// (ALTCHA version 2, SHA-256, cost 1). SHA-256 by hand (FIPS 180-4): WebCrypto is absent on plain
// http, and its promises cost more than the hash of so short a text. An ordinary script, not a
// module: old browsers have no modules in workers.

// Gets {salt, nonce, keyPrefix}, in hex; posts {counter, derivedKey, time}.
self.onmessage = ({ data: { salt, nonce, keyPrefix } }) => {
  const began = Date.now();
  const first = parseInt(keyPrefix.slice(0, 8), 16) | 0;
  // One block: salt, nonce, the number, a bit that ends the text, zeros, its length in bits.
  const block = new Int32Array(64);
  block.set((salt + nonce).match(/.{8}/g).map((word) => parseInt(word, 16)));
  block[9] = 1 << 31;
  block[15] = 36 * 8;
  for (let counter = 0; counter < 2 ** 32; counter++) {
    block[8] = counter;
    const found = digest(block);
    if (found[0] !== first) continue;
    const derivedKey = Array.from(found, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
    if (derivedKey.startsWith(keyPrefix)) return self.postMessage({ counter, derivedKey, time: Date.now() - began });
  }
  throw new Error("there is no solution"); // the page asks for another challenge
};

// The fractions of the square and cube roots of the first primes, 32 bits of each.
const bits = (root) => ((root % 1) * 2 ** 32) | 0;
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n++) if (PRIMES.every((prime) => n % prime)) PRIMES.push(n);
const START = PRIMES.slice(0, 8).map((prime) => bits(Math.sqrt(prime)));
const ROUND = Int32Array.from(PRIMES, (prime) => bits(Math.cbrt(prime)));

const turn = (x, by) => (x >>> by) | (x << (32 - by));

// The hash of a text of one block, as eight words. w: 64 words, of which the first 16 are the text.
function digest(w) {
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15];
    const y = w[i - 2];
    w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i++) {
    const s = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
    const t = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + s) | 0; d = c; c = b; b = a; a = (s + t) | 0;
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + START[i]) | 0);
}
