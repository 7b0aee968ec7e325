// Rows within a record that is edited: services of a business, members of a queue. Each row is a small record with rules of its own; its faults are
// under `LIST.PLACE.FIELD` among the faults of the whole.
import { sentence } from "../../api/client";
import { w } from "../words";
import type { Draft, Faults } from "./record";
import { faultOf, type Rules } from "./rules";

/** The row at a position of a list, as a draft of its own for the components of `fields.tsx`. */
export function rowOf<R extends object, T extends object>(draft: Draft<T>, list: keyof T & string, at: number, rules: Rules): Draft<R> {
  const rows = (draft.value[list] ?? []) as readonly R[];
  const put = (value: R) => draft.set(list, rows.map((row, place) => (place === at ? value : row)) as T[keyof T & string]);
  return partOf(draft, `${list}.${at}.`, rules, rows[at] as R, put);
}

/** A part of a record as such a draft: its faults are those of the whole under `prefix`, and `put` replaces its value in the whole. */
export function partOf<R extends object, T extends object>(draft: Draft<T>, prefix: string, rules: Rules, value: R, put: (value: R) => void): Draft<R> {
  const own = Object.entries(draft.faults).filter(([name]) => name.startsWith(prefix));
  return {
    value,
    rules,
    faults: Object.fromEntries(own.map(([name, fault]) => [name.slice(prefix.length), fault])),
    isChanged: draft.isChanged,
    busy: draft.busy,
    set: (field, to) => put({ ...value, [field]: to }),
    reset: put,
    submit: draft.submit,
    path: draft.path + prefix,
    meanwhile: null,
    form: draft.form,
  };
}

/** The faults of a list's rows, by the rules of one row. */
export function rowFaults<R extends object>(list: string, rows: readonly R[], rules: Rules): Faults {
  const wrong: Faults = {};
  rows.forEach((row, at) => {
    for (const [field, value] of Object.entries(row)) {
      const fault = faultOf(rules[field] ?? {}, value);
      if (fault !== null) wrong[`${list}.${at}.${field}`] = sentence(w.form.it(fault));
    }
  });
  return wrong;
}

/** Whether the row at this position has a fault. */
export function isWrong(faults: Faults, list: string, at: number): boolean {
  return Object.keys(faults).some((name) => name.startsWith(`${list}.${at}.`));
}
