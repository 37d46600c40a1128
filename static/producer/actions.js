// What a key of a control panel may press, as the server knows it; and what it may where nobody chose.

export const ACTIONS = [
  "arm", "open", "extend", "pause", "resume", "close", "reveal", "next", "prev", "cue", "take", "out", "blank", "restore",
];
export const USUAL = ["extend", "next", "prev", "cue", "take", "out", "blank", "restore"];
