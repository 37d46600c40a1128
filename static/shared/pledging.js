// A segment's pledge and the ledger: whether it is entered there, and entering it. Draws nothing.

import { useEffect, useState } from "./ui.js";
import { api } from "./api.js";

// What the ledger takes of a segment as it stands.
export const pledgeOf = (segment, episode) => ({
  id: "", unit: segment.unit, post: segment.post, text: segment.pledge, due: segment.due, target: segment.target,
  question: segment.question, origin: { episode, segment: segment.id },
});

// number: of the segment's newest pledge in the ledger, 0 for none, -1 while nobody knows. enter():
// put it there; refusal: why that did not work, null where it did. A second promise of one official
// is another pledge, so entering stays possible once the text is a new one (`same` is false).
export function useLedger(segment, episode) {
  const [found, setFound] = useState(null);
  const [refusal, setRefusal] = useState(null);
  const [busy, setBusy] = useState(false);

  async function look() {
    const { pledges } = await api("GET", `/api/ledger?${new URLSearchParams({ episode })}`);
    setFound(pledges.filter((one) => one.origin.segment === segment.id && one.state !== "withdrawn"));
  }

  useEffect(() => { look().catch(() => {}); }, [segment.id, episode]);

  async function enter() {
    setBusy(true);
    setRefusal(null);
    try {
      await api("POST", "/api/ledger/command", { name: "make", args: { pledge: pledgeOf(segment, episode) } });
      await look();
    } catch (error) {
      setRefusal(error);
    }
    setBusy(false);
  }

  const newest = found && found[found.length - 1];
  const same = Boolean(newest) && newest.text === segment.pledge;
  return { number: newest ? newest.number : found ? 0 : -1, same, busy, refusal, enter };
}
