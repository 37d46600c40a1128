import assert from "node:assert/strict";
import test, { afterEach, mock } from "node:test";
import { api } from "../../static/shared/api.js";

const answer = (status, body) => {
  const asked = [];
  globalThis.fetch = async (path, request) => {
    asked.push({ path, ...request });
    return new Response(body === undefined ? null : body, { status });
  };
  return asked;
};

afterEach(() => mock.timers.reset());

test("a body goes as JSON and the answer comes back parsed", async () => {
  const asked = answer(200, '{"id":"s1"}');
  assert.deepEqual(await api("POST", "/api/shows", { name: "x" }), { id: "s1" });
  assert.deepEqual([asked[0].method, asked[0].body, asked[0].headers["Content-Type"]], ["POST", '{"name":"x"}', "application/json"]);
});

test("a file goes as it is", async () => {
  const asked = answer(200, "{}");
  const file = new Blob(["unit\n"]);
  await api("POST", "/api/rows", file);
  assert.equal(asked[0].body, file);
  assert.equal(asked[0].headers, undefined);
});

test("204 is null", async () => {
  answer(204);
  assert.equal(await api("POST", "/api/viewer"), null);
});

test("a refusal is an error with its facts", async () => {
  answer(409, '{"code":"late","message":"too late","where":"run","retry":false,"retry_after_ms":0,"run":"r1","seq":2}');
  await assert.rejects(api("POST", "/api/vote", {}), (error) => {
    assert.ok(error instanceof Error);
    const { message, code, where, retry, retry_after_ms, status, run, seq } = error;
    assert.deepEqual([message, code, where, retry, retry_after_ms, status, run, seq], ["too late", "late", "run", false, 0, 409, "r1", 2]);
    return true;
  });
});

test("no network is offline and may be tried again", async () => {
  globalThis.fetch = async () => { throw new TypeError("failed"); };
  await assert.rejects(api("GET", "/api/session"), { code: "offline", retry: true, status: 0 });
});

test("a proxy's page in the server's place is offline too", async () => {
  answer(502, "<html>Bad gateway</html>");
  await assert.rejects(api("GET", "/api/session"), { code: "offline", status: 502 });
});

test("patience ends after ten seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  globalThis.fetch = (path, { signal }) =>
    new Promise((resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const asking = assert.rejects(api("GET", "/api/session"), { code: "offline" });
  mock.timers.tick(10_000);
  await asking;
});
