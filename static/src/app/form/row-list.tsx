// A growing list of rows in a form, each on one line: rules for alarms, questions of a scorecard.
import type { ComponentChildren } from "preact";
import { Icon } from "../icons";
import { useKeptFocus } from "../kept-focus";

/** The rows of the field `name`. `keyOf`: the key of a row. `children`: the fields of a row, with its number `n` from 1 on. */
export function RowList<R>(props: {
  name: string;
  legend: string;
  rows: readonly R[];
  max: number;
  /** Shown when there is no row. */
  none: string;
  add: string;
  fault: string;
  keyOf: (row: R, at: number) => string | number;
  removeOf: (row: R, n: number) => string;
  blank: () => R;
  onChange: (rows: R[]) => void;
  children: (row: R, n: number, set: (row: R) => void) => ComponentChildren;
}) {
  const { rows, onChange, removeOf } = props;
  useKeptFocus(rows.length, `.row-list[name="${props.name}"] > button`);
  return (
    <fieldset name={props.name} class="row-list">
      <legend class="hidden">{props.legend}</legend>
      {rows.length === 0 && <p class="soft">{props.none}</p>}
      {rows.map((row, at) => (
        <div key={props.keyOf(row, at)} class="row-line">
          {props.children(row, at + 1, (changed) => onChange(rows.map((one, place) => (place === at ? changed : one))))}
          <button
            type="button"
            class="btn quiet square"
            aria-label={removeOf(row, at + 1)}
            title={removeOf(row, at + 1)}
            onClick={() => onChange(rows.filter((_, place) => place !== at))}
          >
            <Icon name="remove" />
          </button>
        </div>
      ))}
      <p class="error" role="alert">
        {props.fault}
      </p>
      <button type="button" disabled={rows.length >= props.max} onClick={() => onChange([...rows, props.blank()])}>
        <Icon name="add" />
        {props.add}
      </button>
    </fieldset>
  );
}
