// What the page decides without a page: addresses, the lines of the settings, dates. No DOM.

export const QUEUES = ["triage", "unit", "moderation", "overdue", "done", "all"];
export const STEPS = ["accept", "refuse", "answer", "handle", "forward", "reclassify"];

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

// What may be done to this case by these roles, in the order in which it is offered.
export function stepsFor(found, roles) {
  const producer = roles.includes("producer");
  const steps = producer ? STEPS.filter((step) => found.steps.includes(step)) : [];
  const promote = found.accepted_ms > 0 && found.erased !== "all";
  if (promote && found.may_publish) steps.push("promote");
  if (promote && !found.promoted.includes("pledge")) steps.push("pledge");
  if (producer && found.erased !== "all") steps.push("erase");
  return steps;
}
