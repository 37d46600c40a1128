// Blank-all: works on this machine at once and without the server, which hears of it when it can.

import { useEffect, useRef, useState } from "../shared/ui.js";
import { useDesk, useOrders } from "./desk.js";

// Overlays in this browser listen; see static/overlay.
const channel = new BroadcastChannel("livevote");

// {blanked: what is to be seen, sure: whether the server says so too, toggle, refusal}
export function useBlank() {
  const { state } = useDesk();
  const orders = useOrders();
  const [wanted, setWanted] = useState(null); // not confirmed yet; null is as the server says
  const blanked = wanted === null ? state.view.blanked : wanted;
  const online = state.line.status === "online";

  async function tell(value) {
    if (await orders.give(value ? "blank" : "restore", {}, { any: true })) setWanted(null);
  }

  // Said to the overlays of this machine whenever it changes, whoever changed it.
  const first = useRef(true);
  useEffect(() => {
    if (!first.current || blanked) channel.postMessage({ blank: blanked });
    first.current = false;
  }, [blanked]);
  useEffect(() => {
    if (online && wanted !== null) tell(wanted);
  }, [online, wanted]);

  return { blanked, sure: wanted === null, toggle: () => setWanted(!blanked), refusal: orders.refusal };
}
