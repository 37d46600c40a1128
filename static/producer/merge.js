// Two people edit the same thing: three-way merge of plain values. Pure.
//
// base is what both started from. A part that only one of them changed is
// taken from them; where both changed the same part, mine stays and the clash
// is listed with theirs, so that nothing typed is ever lost.

const isMap = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

// Rows are told apart by id (segments, panels) or label (seats).
export const idOf = (row) => (isMap(row) ? row.id || row.label || "" : "");

function isRows(value) {
  if (!Array.isArray(value)) return false;
  const ids = value.map(idOf);
  return ids.every(Boolean) && new Set(ids).size === ids.length;
}

// Whether two plain values are equal; the order of keys does not matter.
export function same(a, b) {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && same(a[key], b[key]));
}

// {value, clashes: [{path, theirs}]}. path is a list of keys; "@seg1" is the row with that id.
// theirs is undefined where they removed a row that I changed.
export function merge(base, mine, theirs) {
  const clashes = [];
  return { value: both(base, mine, theirs, [], clashes), clashes };
}

function both(base, mine, theirs, path, clashes) {
  if (same(mine, theirs) || same(theirs, base)) return mine;
  if (same(mine, base)) return theirs;
  const sides = [base, mine, theirs];
  if (sides.every(isMap)) return maps(base, mine, theirs, path, clashes);
  if (sides.every(isRows)) return rows(base, mine, theirs, path, clashes);
  clashes.push({ path, theirs });
  return mine;
}

function maps(base, mine, theirs, path, clashes) {
  return Object.fromEntries(
    Object.keys(theirs).map((key) => [key, both(base[key], mine[key], theirs[key], [...path, key], clashes)]),
  );
}

function rows(base, mine, theirs, path, clashes) {
  const [inBase, inMine, inTheirs] = [base, mine, theirs].map((list) => new Map(list.map((row) => [idOf(row), row])));
  const known = (list) => list.map(idOf).filter((id) => inBase.has(id) && inMine.has(id));
  // Who moved rows decides the order; when both did, I do.
  const moved = !same(known(mine), known(base));
  const order = moved ? weave(mine, theirs) : weave(theirs, mine);
  return order.flatMap((id) => {
    const [before, ours, other] = [inBase.get(id), inMine.get(id), inTheirs.get(id)];
    if (ours && other) return [both(before, ours, other, [...path, `@${id}`], clashes)];
    const left = ours || other;
    // Removed by one side: gone, unless the other changed it. An edit outlives a removal.
    if (before && same(left, before)) return [];
    if (before && ours) clashes.push({ path: [...path, `@${id}`], theirs: undefined });
    return [left];
  });
}

// All ids: those of `first` in its order, each other one after the row it followed in `second`.
function weave(first, second) {
  const order = first.map(idOf);
  let after = -1;
  for (const id of second.map(idOf)) {
    const place = order.indexOf(id);
    if (place >= 0) after = place;
    else order.splice(++after, 0, id);
  }
  return order;
}

// --- parts of a plain value: by dotted path ("3.unit.zh") or a list of keys ---

const keysOf = (path) => (Array.isArray(path) ? path : path === "" ? [] : path.split("."));

function place(value, key) {
  return Array.isArray(value) && key[0] === "@" ? value.findIndex((row) => idOf(row) === key.slice(1)) : key;
}

export function read(value, path) {
  return keysOf(path).reduce((at, key) => (at === undefined || at === null ? undefined : at[place(at, key)]), value);
}

// The value with one part replaced; nothing off the path is copied. undefined takes a row out.
export function write(value, path, part) {
  const [key, ...rest] = keysOf(path);
  if (key === undefined) return part;
  const at = place(value, key);
  if (!Array.isArray(value)) return { ...value, [at]: write(value[at], rest, part) };
  if (!rest.length && part === undefined) return value.filter((_, i) => i !== Number(at));
  return value.map((row, i) => (i === Number(at) ? write(row, rest, part) : row));
}

// The same path with rows by id, as clashes name them: "3.unit.zh" → "@seg1.unit.zh".
export function byId(value, path) {
  const named = keysOf(path).reduce(
    ({ at, names }, key) => {
      const next = at === undefined || at === null ? undefined : at[place(at, key)];
      return { at: next, names: [...names, Array.isArray(at) && idOf(next) ? `@${idOf(next)}` : key] };
    },
    { at: value, names: [] },
  );
  return named.names.join(".");
}
