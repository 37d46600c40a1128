import assert from "node:assert/strict";
import test from "node:test";
import { home, nextPath, passwordProblem, refusalPlace } from "../../static/login/form.js";

const ORIGIN = "http://studio.example:8080";
const next = (target) => nextPath(`?${new URLSearchParams({ next: target })}`, ORIGIN);

test("the next page is a path of this site, with its query and fragment", () => {
  assert.equal(next("/producer?episode=e1#rules"), "/producer?episode=e1#rules");
  assert.equal(nextPath("", ORIGIN), "");
});

test("nothing leads away from this site", () => {
  const lures = ["//evil.example", "/\\evil.example", "/\t/evil.example", "\\\\evil.example", "http://evil.example/", "javascript:alert(1)", "evil.example", "/\n/evil.example"];
  for (const lure of lures) assert.equal(next(lure), "", JSON.stringify(lure));
  // Harmless: it stays here.
  assert.equal(next("/@evil.example"), "/@evil.example");
});

test("each role lands where it works", () => {
  assert.equal(home(["producer"]), "/producer");
  assert.equal(home(["owner", "producer", "director"]), "/director");
  assert.equal(home(["verifier"]), "/director");
  assert.equal(home(["owner"]), "/producer");
  for (const role of ["supervision", "media", "unit"]) assert.equal(home([role]), "/ledger");
  assert.equal(home(["media", "producer"]), "/producer");
  assert.equal(home([]), "/");
});

test("a password has ten characters, twice the same", () => {
  assert.deepEqual(passwordProblem("123456789", "123456789"), { field: "password", why: "short" });
  assert.deepEqual(passwordProblem("1234567890", "1234567891"), { field: "again", why: "differs" });
  assert.equal(passwordProblem("河道排污口整改两年了", "河道排污口整改两年了"), null);
  assert.deepEqual(passwordProblem("😀😀😀😀😀", "😀😀😀😀😀"), { field: "password", why: "short" });
});

test("refusals are shown where something can be done about them", () => {
  assert.deepEqual(refusalPlace({ code: "not_allowed" }, false), { field: "password", why: "wrong" });
  assert.deepEqual(refusalPlace({ code: "busy" }, false), { field: "", why: "busy" });
  assert.deepEqual(refusalPlace({ code: "offline" }, true), { field: "", why: "offline" });
  assert.deepEqual(refusalPlace({ code: "not_allowed" }, true), { field: "", why: "link" });
  assert.deepEqual(refusalPlace({ code: "bad_input", where: "password" }, true), { field: "password", why: "short" });
  assert.deepEqual(refusalPlace({ code: "error" }, false), { field: "", why: "other" });
});
