// The page's parts, in their order: name in the address, what it edits, who sees it. No drawing.

const reads = (account) => Boolean(account) && ["producer", "director", "verifier"].some((role) => account.roles.includes(role));
const owns = (account) => Boolean(account) && account.roles.includes("owner");
const people = (account) => owns(account) || (Boolean(account) && account.roles.includes("producer"));
const anyone = () => true;

export const TABS = [
  { name: "shows", sections: ["title"], open: anyone },
  { name: "rundown", sections: ["rundown"], open: reads },
  { name: "roster", sections: ["roster"], open: reads },
  { name: "rules", sections: ["rules"], open: reads },
  { name: "overlay", sections: [], open: reads },
  { name: "rehearsal", sections: [], open: reads },
  { name: "results", sections: [], open: reads },
  { name: "record", sections: [], open: reads },
  { name: "people", sections: [], open: people },
];
