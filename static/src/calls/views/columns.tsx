// Columns of the list: those of the view, else those that were chosen in this browser.
import { signal } from "@preact/signals";
import { Icon } from "../../app/icons";
import { w as list } from "../words";
import { w } from "./words";

/** The columns beside the caller's, in their order. */
export const COLUMNS = ["dialled", "state", "assistant", "agents", "tags", "length", "cost", "started"] as const;

export type Column = (typeof COLUMNS)[number];

const USUAL: readonly Column[] = ["dialled", "state", "assistant", "length", "cost", "started"];
const KEY = "cordboard.calls.columns";

/** Name of a column. */
export function columnName(column: Column): string {
  return column === "agents" || column === "tags" ? w.column[column] : list.column[column];
}

/** The columns of these names that there are, in their order; the usual ones where none is. */
export function columnsOf(names: readonly string[]): Column[] {
  const known = COLUMNS.filter((column) => names.includes(column));
  return known.length > 0 ? known : [...USUAL];
}

function stored(): Column[] {
  try {
    return columnsOf((localStorage.getItem(KEY) ?? "").split(","));
  } catch {
    return [...USUAL];
  }
}

/** Those of this browser. */
export const chosen = signal<Column[]>(stored());

/** Chooses these, and keeps them where the browser keeps anything. */
export function choose(columns: Column[]): void {
  chosen.value = columnsOf(columns);
  try {
    localStorage.setItem(KEY, chosen.value.join(","));
  } catch {
    // They hold as long as the page is open.
  }
}

/** The button with its list of boxes. */
export function ColumnChoice() {
  const has = (column: Column) => chosen.value.includes(column);
  const set = (column: Column, is: boolean) => choose(COLUMNS.filter((one) => (one === column ? is : has(one))));
  return (
    <details
      class="columns-choice"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.currentTarget.open = false;
        event.currentTarget.querySelector("summary")?.focus();
      }}
      onFocusOut={(event) => {
        // A keyboard user who moves on leaves it behind.
        if (event.relatedTarget instanceof Node && !event.currentTarget.contains(event.relatedTarget)) event.currentTarget.open = false;
      }}
    >
      <summary class="btn">
        <Icon name="columns" />
        {w.columns}
      </summary>
      <fieldset class="menu">
        <legend class="hidden">{w.columns}</legend>
        {COLUMNS.map((column) => (
          <label key={column}>
            <input type="checkbox" checked={has(column)} onChange={(event) => set(column, event.currentTarget.checked)} />
            {columnName(column)}
          </label>
        ))}
        <p class="meta">{w.columnsHint}</p>
      </fieldset>
    </details>
  );
}
