// What the sign-in form decides: where to go next and whether a password will do. No page, no words.

export const PASSWORD_MIN = 10;

// Where each role works. The first that an account holds is where it lands.
const HOMES = [
  ["director", "/director"],
  ["verifier", "/director"],
  ["producer", "/producer"],
  ["owner", "/producer"],
  ["supervision", "/ledger"],
  ["media", "/ledger"],
  ["unit", "/ledger"],
];

export function home(roles) {
  const found = HOMES.find(([role]) => roles.includes(role));
  return found ? found[1] : "/";
}

// ?next= as a path of this site, or "". A link that leads away after sign-in is a lure, and
// browsers read "//x", "/\x" and tabs in it as other sites: so the URL parser decides, not we.
export function nextPath(search, origin) {
  const asked = new URLSearchParams(search).get("next") || "";
  if (!asked.startsWith("/")) return "";
  let url;
  try {
    url = new URL(asked, origin);
  } catch {
    return "";
  }
  return url.origin === origin ? url.pathname + url.search + url.hash : "";
}

// {password, again} → the field that is wrong and why: "short", "differs"; null where all is well.
export function passwordProblem(password, again) {
  if ([...password].length < PASSWORD_MIN) return { field: "password", why: "short" };
  if (password !== again) return { field: "again", why: "differs" };
  return null;
}

// A refusal as {field, why}: the place it is shown at ("" is the form) and the key of its words.
export function refusalPlace(error, claiming) {
  if (error.code === "offline" || error.code === "busy" || error.code === "store_down") {
    return { field: "", why: error.code };
  }
  if (claiming) {
    const password = error.where && error.where.endsWith("password");
    return password ? { field: "password", why: "short" } : { field: "", why: "link" };
  }
  const known = ["not_signed_in", "not_allowed", "bad_input"].includes(error.code);
  return known ? { field: "password", why: "wrong" } : { field: "", why: "other" };
}
