import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { SILENT_MS, drawingOf, hasStopped, hostOf, isFullSize } from "../../static/shared/overlays.js";
import { hostOf as saidHost } from "../../static/overlay/heartbeat.js";

const CHROME = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/117.0.5938 Safari/537.36";

test("a host is named by its address, by OBS, or by its user agent", () => {
  assert.equal(hostOf({ host: "", agent: `${CHROME} OBS/30.2.3` }), "OBS 30.2.3");
  assert.equal(hostOf({ host: "obs", agent: `${CHROME} OBS/30.2.3` }), "OBS 30.2.3");
  assert.equal(hostOf({ host: "vmix", agent: CHROME }), "vMix · Chrome 117");
  assert.equal(hostOf({ host: "spx", agent: `${CHROME} OBS/30.2.3` }), "SPX · Chrome 117");
  assert.equal(hostOf({ host: "CasparCG", agent: "" }), "CasparCG");
  assert.equal(hostOf({ host: "our own", agent: CHROME }), "our own · Chrome 117");
  assert.equal(hostOf({ host: "__proto__", agent: "" }), "__proto__");
  assert.equal(hostOf({ host: "", agent: CHROME }), "Chrome 117");
  assert.equal(hostOf({ host: "", agent: "Mozilla/5.0 (X11) Gecko/20100101 Firefox/140.0" }), "Firefox 140");
  assert.equal(hostOf({ host: "", agent: "" }), "–");
});

test("the page says what its address says, else that it is in OBS, and never more than the server takes", () => {
  assert.equal(saidHost("?lang=zh&host=vmix", {}), "vmix");
  assert.equal(saidHost("?host=spx", { obsstudio: {} }), "spx");
  assert.equal(saidHost("?lang=zh", { obsstudio: {} }), "obs");
  assert.equal(saidHost("", {}), "");
  assert.equal(saidHost(`?host=${"x".repeat(300)}`, {}).length, 20);
});

test("an overlay draws, is slow, still, silent, or has not begun", () => {
  const of = (more) => drawingOf({ age_ms: 100, up_ms: 60_000, fps: 50, ...more });
  assert.equal(of({}), "drawing");
  assert.equal(of({ fps: 23 }), "slow");
  assert.equal(of({ fps: 0 }), "still");
  assert.equal(of({ age_ms: SILENT_MS + 1 }), "silent");
  assert.equal(of({ age_ms: -1, up_ms: 500, fps: 0 }), "waiting");
  assert.equal(of({ age_ms: -1, fps: 0 }), "silent");
  const stopped = [{}, { fps: 9 }, { fps: 0 }, { age_ms: 9999 }].map((more) => hasStopped({ age_ms: 1, up_ms: 1, fps: 50, ...more }));
  assert.deepEqual(stopped, [false, false, true, true]);
});

test("the server calls an overlay silent by the same measure", () => {
  const part = readFileSync(new URL("../../livevote/hub/part.py", import.meta.url), "utf8");
  assert.equal(Number(part.match(/^SILENT_MS = (\d+)$/m)[1]), SILENT_MS);
});

test("the size is that of the design or it is not", () => {
  assert.ok(isFullSize({ width: 1920, height: 1080 }));
  assert.ok(!isFullSize({ width: 800, height: 600 }));
});
