// A table that is typed into and pasted into like a spreadsheet. Rows live in a section's draft.
//
// Enter goes down, Shift+Enter up; Alt+↑ ↓ moves the row, Alt+Enter puts one below, Alt+Delete
// takes it out. The keys above the table do the same for the row that was last in focus.

import { Component, html, useLayoutEffect, useRef, useState } from "../shared/ui.js";
import { t } from "./words.js";
import { clashAt } from "./state.js";
import { read } from "./merge.js";
import { isTable, parseTable, spread, tidy } from "./paste.js";
import { Notes } from "./parts/controls.js";

// columns: [{key, name, width, long?, options?}]. fresh(): an empty row. pinned(row): why it may
// not be taken out, or "". mark(row): what stands beside the row's number.
export function Grid({ desk, section, columns, fresh, pinned, mark, label }) {
  const draft = desk.state.drafts[section];
  const rows = draft.mine;
  const [active, setActive] = useState(0);
  const [said, setSaid] = useState("");
  const table = useRef(null);
  const goal = useRef(null); // the cell to focus once it is drawn: {row, column}

  useLayoutEffect(() => {
    if (!goal.current) return;
    const { row, column } = goal.current;
    const cell = table.current.querySelector(`[data-cell="${row}:${column}"]`);
    goal.current = null;
    if (cell) cell.focus();
  });

  // column: the cell to go to; without one the focus stays on the key above the table.
  function edit(value, what, row, column) {
    const to = Math.min(Math.max(row, 0), value.length - 1);
    setSaid("");
    setActive(to);
    if (column !== undefined) goal.current = { row: to, column };
    desk.tell({ t: "edit", section, value, what });
  }

  const acts = {
    up: (row, column) => row > 0 && edit(swap(rows, row, row - 1), "move", row - 1, column),
    down: (row, column) => row < rows.length - 1 && edit(swap(rows, row, row + 1), "move", row + 1, column),
    add: (row) => edit(rows.toSpliced(row + 1, 0, fresh(rows[row])), "add", row + 1, 0),
    remove(row, column) {
      const why = pinned(rows[row]);
      setSaid(why);
      if (!why) edit(rows.toSpliced(row, 1), "remove", row, column);
    },
  };

  function onKeyDown(event) {
    const [row, column] = placeOf(event.target);
    // A key that picks a Chinese word is not a key for us.
    if (row < 0 || event.isComposing) return;
    const act = event.altKey && { ArrowUp: "up", ArrowDown: "down", Enter: "add", Delete: "remove", Backspace: "remove" }[event.key];
    if (act && desk.can) {
      event.preventDefault();
      acts[act](row, column);
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      enter(row + (event.shiftKey ? -1 : 1), column);
    }
  }

  function enter(row, column) {
    if (row === rows.length && desk.can) return edit([...rows, fresh(rows[row - 1])], "add", row, column);
    const cell = table.current.querySelector(`[data-cell="${row}:${column}"]`);
    if (cell) cell.focus();
  }

  function onPaste(event) {
    const [row, column] = placeOf(event.target);
    if (row < 0 || !desk.can) return;
    const text = event.clipboardData.getData("text/plain");
    const fromTable = /<table/i.test(event.clipboardData.getData("text/html"));
    if (isTable(text, fromTable, columns[column].long)) {
      event.preventDefault();
      const cells = parseTable(text);
      const { rows: pasted, dropped } = spread(rows, columns, row, column, cells, fresh);
      edit(pasted, "paste", row, column);
      setSaid(t("pasted", { rows: cells.length }) + (dropped ? ` ${t("dropped", { count: dropped })}` : ""));
    } else if (/[\n\t"]/.test(text)) {
      // By command, so that the browser's own undo knows of it.
      event.preventDefault();
      document.execCommand("insertText", false, tidy(parseTable(text).flat().join(" ")));
    }
  }

  function onFocus(event) {
    const [row] = placeOf(event.target);
    if (row >= 0 && row !== active) setActive(row);
  }

  const typed = useRef((path, value) => desk.tell({ t: "type", section, path, value })).current;
  const at = Math.min(active, rows.length - 1);
  return html`
    <div class="grid">
      ${desk.can && html`
        <div class="grid-keys" role="toolbar" aria-label=${t("row_keys")}>
          <span class="grid-row">${t("row", { row: at + 1 })}</span>
          <button type="button" disabled=${at <= 0} onClick=${() => acts.up(at)} title="Alt ↑">↑ ${t("move_up")}</button>
          <button type="button" disabled=${at >= rows.length - 1} onClick=${() => acts.down(at)} title="Alt ↓">↓ ${t("move_down")}</button>
          <button type="button" onClick=${() => acts.add(at)} title="Alt Enter">＋ ${t("add_below")}</button>
          <button type="button" onClick=${() => acts.remove(at)} title="Alt Delete">✕ ${t("remove_row")}</button>
          <span class="grid-said" role="status">${said}</span>
        </div>`}
      <div class="grid-scroll">
        <table ref=${table} aria-label=${label} onKeyDown=${onKeyDown} onPaste=${onPaste} onFocusIn=${onFocus}>
          <colgroup><col class="grid-number" />${columns.map((column) => html`<col key=${column.key} style=${`width: ${column.width}`} />`)}</colgroup>
          <thead><tr>
            <th scope="col"><span class="aside">${t("row_number")}</span>#</th>
            ${columns.map((column) => html`<th key=${column.key} scope="col">${column.name}</th>`)}
          </tr></thead>
          <tbody>
            ${rows.map((row, i) => html`
              <${Row} key=${i} row=${row} index=${i} active=${i === at} columns=${columns} draft=${draft} section=${section}
                desk=${desk} can=${desk.can} mark=${mark ? mark(row) : ""} onType=${typed} />`)}
          </tbody>
        </table>
      </div>
    </div>
  `;
}

const placeOf = (element) => (element.dataset.cell || "-1:-1").split(":").map(Number);

function swap(rows, a, b) {
  const after = [...rows];
  [after[a], after[b]] = [after[b], after[a]];
  return after;
}

// A long roster has a thousand cells: only rows that changed are drawn again.
class Row extends Component {
  shouldComponentUpdate(next) {
    const { row, index, active, columns, can, mark, draft } = this.props;
    return row !== next.row || index !== next.index || active !== next.active || columns !== next.columns || can !== next.can
      || mark !== next.mark || draft.wrong !== next.draft.wrong || draft.clashes !== next.draft.clashes;
  }

  render({ row, index, active, columns, draft, section, desk, can, mark, onType }) {
    return html`
      <tr class=${active ? "active" : ""}>
        <th scope="row">${index + 1}${mark && html` <span class="grid-mark">${mark}</span>`}</th>
        ${columns.map((column, j) => {
          const path = `${index}.${column.key}`;
          const noted = draft.wrong[path] || clashAt(draft, path);
          const id = `${section}-${index}-${column.key.replaceAll(".", "-")}`;
          const cell = {
            "data-cell": `${index}:${j}`,
            "aria-label": `${t("row", { row: index + 1 })}, ${column.name}`,
            "aria-invalid": draft.wrong[path] ? "true" : undefined,
            "aria-describedby": noted ? id : undefined,
          };
          const props = { cell, value: read(row, column.key) || "", can, onValue: (value) => onType(path, value) };
          return html`
            <td key=${column.key} class=${draft.wrong[path] ? "bad" : noted ? "torn" : ""}>
              ${column.options ? html`<${Pick} ...${props} options=${column.options} />` : html`<${Text} ...${props} />`}
              ${noted && html`<${Notes} desk=${desk} section=${section} path=${path} id=${id} />`}
            </td>`;
        })}
      </tr>
    `;
  }
}

// The copy under the text makes the row as high as its longest cell, in every browser.
const Text = ({ cell, value, can, onValue }) => html`
  <div class="grow" data-value=${`${value} `}>
    <textarea rows="1" ...${cell} value=${value} readonly=${!can} spellcheck=${false} onInput=${(event) => onValue(event.currentTarget.value)} />
  </div>
`;

const Pick = ({ cell, value, can, onValue, options }) => html`
  <select ...${cell} value=${value} disabled=${!can} onChange=${(event) => onValue(event.currentTarget.value)}>
    ${!options.some((option) => option.value === value) && html`<option value=${value}>${value}</option>`}
    ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${option.value === value}>${option.name}</option>`)}
  </select>
`;
