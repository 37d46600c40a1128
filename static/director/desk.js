// What every part of the console shares, and how a part gives an order and hears a refusal.

import { createContext, useContext, useEffect, useRef, useState } from "../shared/ui.js";

// {state, order(name, args, expect), now(), tell(message)}: the state as it is drawn, the server's
// clock, and the page's own messages to the state.
export const Desk = createContext(null);
export const useDesk = () => useContext(Desk);

// How long a refusal stays where it happened, unless the next order there replaces it.
const READ_MS = 20000;

// One place's orders. `give` sends a command as decided on the state that is drawn; with
// {any: true} on whatever state the server has (what must always work: blank, out, the pledge).
export function useOrders() {
  const desk = useDesk();
  const [refusal, setRefusal] = useState(null);
  const [waiting, setWaiting] = useState(false);
  useEffect(() => {
    const timer = refusal && setTimeout(() => setRefusal(null), READ_MS);
    return () => clearTimeout(timer);
  }, [refusal]);
  async function give(name, args, { any = false } = {}) {
    setWaiting(true);
    setRefusal(null);
    try {
      await desk.order(name, args, any ? 0 : desk.state.rev);
      return true;
    } catch (refused) {
      setRefusal(refused);
      return false;
    } finally {
      setWaiting(false);
    }
  }
  return { give, refusal, waiting };
}

// Draws again every `ms`, for clocks; the value is the server's time.
export function useNow(ms) {
  const { now } = useDesk();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now();
}

// The newest value, for handlers that were attached once.
export function useLatest(value) {
  const ref = useRef(value);
  ref.current = value;
  return ref;
}
