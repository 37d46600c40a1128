// What the ledger's page decides without drawing: filters, shapes of states, days in words. Pure.

// Shape and tone of a state always go together: colour alone says nothing.
export const LOOKS = {
  made: ["○", "quiet"],
  accepted: ["◔", "quiet"],
  in_progress: ["◑", "quiet"],
  rescheduled: ["↻", "mid"],
  claimed: ["◕", "mid"],
  verified: ["✓", "good"],
  disputed: ["?", "mid"],
  overdue: ["!", "poor"],
  broken: ["✕", "poor"],
  withdrawn: ["–", "quiet"],
};

export const STATES = Object.keys(LOOKS);
// The unit still has to deliver.
export const OPEN = ["made", "accepted", "in_progress", "disputed", "rescheduled", "overdue"];
export const TABS = ["today", "pledges", "ranking", "files"];

// Moves whose words are the finding itself; as the server has it.
export const NEEDS_NOTE = ["verify", "dispute", "reschedule", "break", "withdraw", "note"];
const WRITES = ["supervision", "media", "unit", "producer", "director"];
const READS = [...WRITES, "verifier", "owner"];

const has = (account, roles) => Boolean(account) && roles.some((role) => account.roles.includes(role));
export const maySee = (account, tab) => (tab === "today" ? has(account, READS) : tab === "files" ? mayExport(account) || !account : true);
export const mayMake = (account) => has(account, ["supervision", "producer", "director"]);
export const mayCorrect = (account) => has(account, ["supervision", "producer"]);
export const mayExport = (account) => has(account, READS.filter((role) => role !== "unit"));
export const mayImport = (account) => has(account, ["supervision"]);

export const unitsOf = (pledges) =>
  [...new Map(pledges.map((one) => [one.unit.zh, one.unit])).values()].sort((a, b) => a.zh.localeCompare(b.zh, "zh"));

// filter: {text, unit, state}; each "" is any.
export function chosen(pledges, { text, unit, state }) {
  const wanted = text.trim().toLowerCase();
  const all = (one) => [`№ ${one.number}`, one.unit.zh, one.unit.en, one.post.zh, one.post.en, one.text, one.target, one.question].join("\n").toLowerCase();
  return pledges.filter((one) =>
    (!unit || one.unit.zh === unit) && (!state || one.stands === state) && (!wanted || all(one).includes(wanted)));
}

// Days of a text, one or a span on each line or between commas: "2027-10-01 至 2027-10-07". Throws
// an Error with the words that are no days.
export function daysIn(text) {
  const found = [];
  for (const part of text.split(/[\n,，、;；]+/).map((one) => one.trim()).filter(Boolean)) {
    const match = part.match(/^(\d{4}-\d{2}-\d{2})(?:\s*(?:至|到|~|～|—|to|\.\.)\s*(\d{4}-\d{2}-\d{2}))?$/);
    const first = match && Date.parse(match[1]);
    const last = match && Date.parse(match[2] || match[1]);
    if (!match || Number.isNaN(first) || Number.isNaN(last) || last < first || last - first > 40 * 86400000) throw new Error(part);
    for (let day = first; day <= last; day += 86400000) found.push(new Date(day).toISOString().slice(0, 10));
  }
  return [...new Set(found)].sort();
}
