// Requests to livevote's HTTP API, and its refusals as errors. Knows nothing of any page.

// A dead network can keep a request waiting for minutes; nobody on air has them.
const PATIENCE_MS = 10000;

// Also what a proxy says in the server's place: it is not an answer of livevote.
const UNANSWERED = { code: "offline", message: "no answer from the server", where: "", retry: true, retry_after_ms: 1000 };

// The answer as parsed JSON; null where there is none (204). body: anything JSON can hold, or a
// Blob (a File), which goes as it is; patience_ms: longer, for a large one. Throws an Error with the refusal's code, message, where,
// retry and retry_after_ms, and the HTTP status; code "offline" where no answer came.
export async function api(method, path, body, patience_ms = PATIENCE_MS) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patience_ms);
  const request = { method, body, signal: patience.signal };
  if (body && !(body instanceof Blob)) {
    request.body = JSON.stringify(body);
    request.headers = { "Content-Type": "application/json" };
  }
  let refusal = UNANSWERED;
  let status = 0;
  try {
    const response = await fetch(path, request);
    status = response.status;
    const told = status === 204 ? null : await response.json();
    if (response.ok) return told;
    refusal = told;
  } catch (e) {
    // No network, no patience left, or no JSON.
  } finally {
    clearTimeout(timer);
  }
  throw Object.assign(new Error(refusal.message), refusal, { status });
}
