// The columns of the list: those of the view, otherwise those that were chosen in this browser.
import { signal } from "@preact/signals";
import { Icon } from "../../app/icons";
import { w as list } from "../words";
import { w } from "./words";

/** The columns besides the caller's, in order. */
export const COLUMNS = ["dialled", "state", "assistant", "agents", "tags", "length", "cost", "started"] as const;

export type Column = (typeof COLUMNS)[number];

const USUAL: readonly Column[] = ["dialled", "state", "assistant", "length", "cost", "started"];
const KEY = "cordboard.calls.columns";

/** The name of a column. */
export function columnName(column: Column): string {
  return column === "agents" || column === "tags" ? w.column[column] : list.column[column];
}

/** The known columns among these names, in order; the usual ones if there is none. */
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

/** The choice of this browser. */
export const chosen = signal<Column[]>(stored());

/** Chooses these, and stores them if the browser has storage. */
export function choose(columns: Column[]): void {
  chosen.value = columnsOf(columns);
  try {
    localStorage.setItem(KEY, chosen.value.join(","));
  } catch {
    // They apply as long as the page is open.
  }
}

/** The button with its list of checkboxes. */
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
        // It closes when a keyboard user moves on.
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
