// What an overlay says of itself besides its picture.

const HOST_MAX = 20;

// The program that shows this page: as its address says (?host=vmix), else OBS, which puts an object
// of its own into the page; "" is not known, and the user agent has to tell.
export function hostOf(search, page) {
  const asked = new URLSearchParams(search).get("host") || "";
  return asked.slice(0, HOST_MAX) || (page.obsstudio ? "obs" : "");
}
