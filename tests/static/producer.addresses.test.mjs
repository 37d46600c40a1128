import assert from "node:assert/strict";
import test from "node:test";
import { DEFAULTS, OPTIONS, addressOf, amcpLine, feedsOf, filesOf, pushLine, queryOf } from "../../static/producer/addresses.js";
import { optionsOf } from "../../static/overlay/options.js";

const LINK = "https://vote.example.org/overlay#WyJlIl0.x_-1";

test("an address has the key last and only the options that differ from what the page does unasked", () => {
  assert.equal(addressOf(LINK, DEFAULTS), LINK);
  assert.equal(addressOf(LINK, DEFAULTS, "obs"), "https://vote.example.org/overlay?host=obs#WyJlIl0.x_-1");
  const chosen = { ...DEFAULTS, lang: "both", safe: "1" };
  assert.equal(addressOf(LINK, chosen, "vmix"), "https://vote.example.org/overlay?lang=both&safe=1&host=vmix#WyJlIl0.x_-1");
});

test("what is chosen here is what the page understands", () => {
  const understood = { lang: "language", bg: "background", show: "show", safe: "safe" };
  for (const [name, choices] of Object.entries(OPTIONS)) {
    for (const value of choices) {
      const query = `?${queryOf({ ...DEFAULTS, [name]: value })}`;
      const found = optionsOf(query, "")[understood[name] || name];
      assert.equal(name === "safe" ? String(Number(found)) : found, value, query);
    }
  }
});

test("CasparCG would take `width=` and `height=` for its own: no address has them", () => {
  for (const [name, choices] of Object.entries(OPTIONS)) {
    assert.doesNotMatch([name, ...choices].join(), /width|height/);
  }
});

test("the lines for CasparCG hold the whole address in quotation marks", () => {
  const address = addressOf(LINK, DEFAULTS, "casparcg");
  assert.equal(amcpLine(address), `CG 1-20 ADD 0 "${address}" 1`);
  assert.ok(pushLine(address).startsWith(`LIVEVOTE_OVERLAY_URL='${address}' livevote overlay push casparcg://`));
  assert.doesNotMatch(address, /["'\\\s]/);
});

test("each feed has a whole address with the key in it, and the socket is one", () => {
  const paths = ["/data/WyJlIl0.x_-1/current.rows.json", "/data/WyJlIl0.x_-1/socket"];
  assert.deepEqual(feedsOf({ url: LINK, paths: [...paths, "/else/where"] }), [
    ["current.rows.json", "https://vote.example.org/data/WyJlIl0.x_-1/current.rows.json"],
    ["socket", "wss://vote.example.org/data/WyJlIl0.x_-1/socket"],
  ]);
});

test("CasparCG says when to play: until then its page draws nothing", () => {
  assert.equal(addressOf(LINK, DEFAULTS, "casparcg"), "https://vote.example.org/overlay?wait=1&host=casparcg#WyJlIl0.x_-1");
  for (const host of ["casparcg", "obs"]) {
    assert.equal(optionsOf(new URL(addressOf(LINK, DEFAULTS, host)).search, "").wait, host === "casparcg");
  }
});

test("only what the server says it has is offered", () => {
  assert.deepEqual(filesOf({ url: LINK, paths: [] }), { ograf: [], spx: [] });
  const paths = ["/ograf/livevote.ograf.json", "/ograf/livevote.zip", "/ograf/livevote-spx.html", "/else/where"];
  assert.deepEqual(filesOf({ url: LINK, paths }), {
    ograf: ["https://vote.example.org/ograf/livevote.ograf.json", "https://vote.example.org/ograf/livevote.zip"],
    spx: ["https://vote.example.org/ograf/livevote-spx.html"],
  });
});
