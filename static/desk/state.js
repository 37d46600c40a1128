// What the page decides without a page: addresses, the lines of the settings, dates. No DOM.

export const QUEUES = ["triage", "unit", "moderation", "overdue", "done", "all"];
export const STEPS = ["accept", "refuse", "answer", "handle", "forward", "return", "reclassify"];

// "#unit/Q000001" → {queue, case}. setting: not a queue, but a place.
export function placeOf(hash) {
  const [queue, id] = hash.replace(/^#/, "").split("/");
  return { queue: [...QUEUES, "setting"].includes(queue) ? queue : "triage", id: id || "" };
}

export const hashOf = ({ queue, id }) => `#${queue}${id ? `/${id}` : ""}`;

// The midnight at which a day ends says that day: a case due on the 25th is due until it is over.
export function dayOf(at_ms, zone) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone: zone }).format(at_ms - 1);
}

export function momentOf(at_ms, zone) {
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short", timeZone: zone }).format(at_ms);
}

// Units as lines of text, and back. A comma may be a Chinese one.
export const linesOf = (units) => units.map((unit) => [unit.id, unit.name.zh, unit.name.en].filter(Boolean).join(", ")).join("\n");

// {units} or {wrong: number of the first line that is none}.
export function unitsOf(text) {
  const units = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    if (!line.trim()) continue;
    const [id, zh, en] = line.split(/[,，]/).map((part) => part.trim());
    if (!id || !zh) return { wrong: i + 1 };
    units.push({ id, name: { zh, en: en || "" } });
  }
  return { units };
}

// Whoever takes cases up, moderates and sets the desk; who makes something of a case; and a unit's
// account, which works on its own.
export const mayModerate = (roles) => roles.includes("producer");
const mayPromote = (roles) => mayModerate(roles) || roles.includes("director");
export const mayRead = (roles) => mayPromote(roles) || roles.includes("unit");

export function queuesFor(roles) {
  if (mayModerate(roles)) return [...QUEUES, "setting"];
  return mayPromote(roles) ? QUEUES : QUEUES.filter((queue) => queue !== "moderation");
}

// What is offered on this case to these roles, in order. found.steps: those that the server allows.
export function stepsFor(found, roles) {
  const steps = STEPS.filter((step) => found.steps.includes(step));
  const promote = mayPromote(roles) && found.accepted_ms > 0 && found.erased !== "all";
  if (promote && found.may_publish) steps.push("promote");
  if (promote && !found.promoted.includes("pledge")) steps.push("pledge");
  if (found.steps.includes("erase") && found.erased !== "all") steps.push("erase");
  return steps;
}
