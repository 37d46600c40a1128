// Cells that come from a spreadsheet, and where they go. Pure.

import { read, write } from "./merge.js";

// What a spreadsheet puts on the clipboard as rows of cells: tabs between cells, lines between
// rows; a cell that holds either (or a quote) stands in quotes, with "" for each quote inside.
export function parseTable(text) {
  const rows = [[]];
  let at = 0;
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  while (at <= source.length) {
    const [cell, end] = source[at] === '"' ? quoted(source, at) : plain(source, at);
    rows[rows.length - 1].push(cell);
    if (source[end] === "\n") rows.push([]);
    at = end + 1;
  }
  return rows;
}

function plain(source, start) {
  let end = start;
  while (end < source.length && source[end] !== "\t" && source[end] !== "\n") end++;
  return [source.slice(start, end), end];
}

function quoted(source, start) {
  let cell = "";
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] !== '"') cell += source[at];
    else if (source[at + 1] === '"') cell += source[at++];
    else if (at + 1 === source.length || "\t\n".includes(source[at + 1])) return [cell, at + 1];
    else return plain(source, start); // “"近期" 是多久”: a sentence that merely begins with a quote
  }
  return plain(source, start); // never closed: it was no quoted cell
}

// Whether a paste is cells, to be spread out, or text for one cell. Lines without tabs are cells
// in a column of names, but a paragraph in a column of long text, unless a table says otherwise.
export function isTable(text, fromTable, long) {
  const cells = parseTable(text);
  if (cells.length === 1 && cells[0].length === 1) return false;
  return fromTable || cells[0].length > 1 || !long;
}

// Puts cells into rows from (row, column) on, adding rows made by fresh() below.
// columns: [{key, options?}]; an option is found by its value or its name.
// {rows, dropped: how many cells found no column}.
export function spread(rows, columns, row, column, cells, fresh) {
  const after = [...rows];
  let dropped = 0;
  cells.forEach((line, i) => {
    let changed = after[row + i] || fresh();
    line.forEach((cell, j) => {
      const target = columns[column + j];
      if (target) changed = write(changed, target.key, fit(target, cell, read(changed, target.key)));
      else if (cell.trim()) dropped++;
    });
    after[row + i] = changed;
  });
  return { rows: after, dropped };
}

function fit(column, cell, before) {
  const text = tidy(cell);
  if (!column.options) return text;
  const found = column.options.find((option) => option.value === text || option.name === text);
  return found ? found.value : before;
}

// Text as the server keeps it: one line, single spaces.
export const tidy = (text) => text.trim().replace(/\s+/g, " ");
