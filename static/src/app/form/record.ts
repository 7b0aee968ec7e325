// A record of the API that is edited: its draft, its faults, and whether it is saved.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf, Problem, sentence } from "../../api/client";
import { useHeldPage } from "../guard-leaving";
import { w } from "../words";
import { merge } from "./merge";
import { faultOf, type Rule, type Rules } from "./rules";
import { w as forms } from "./words";

/** Faults by field name; under `ALL` those that belong to no single field. */
export type Faults = Record<string, string>;

/** The whole record. */
export const ALL = "";

/** A record that is edited, for the components of `fields.tsx`. */
export interface Draft<T extends object> {
  value: T;
  rules: Rules;
  faults: Faults;
  /** Whether it differs from what was given or last saved. */
  isChanged: boolean;
  busy: boolean;
  set: <K extends keyof T>(field: K, value: T[K]) => void;
  /** Replaces all values, as if they had been saved. */
  reset: (value: T) => void;
  /** Checks and sends it; returns whether it was accepted. */
  submit: (event?: Event) => Promise<boolean>;
  form: { current: HTMLFormElement | null };
  /** Where a part is in the whole, such as `services.2.`; empty for the whole. */
  path: string;
  /** Somebody else's changes during this edit; null if there are none. */
  meanwhile: Meanwhile | null;
}

/** Somebody else has saved the record: their values are taken over except in fields that were edited here. */
export interface Meanwhile {
  /** Fields that both have changed, to different values: ours are kept. */
  both: string[];
  /** Takes over their values of those fields. */
  take: () => void;
}

/** Edits a copy of `value` by the rules of the API. `send` throws a [`Problem`]. Leaving the page with changes needs a confirmation. */
export function useDraft<T extends object>(given: {
  value: T;
  rules: Rules;
  send: (value: T) => Promise<unknown>;
  /** Further checks in addition to the rules, by field. */
  check?: (value: T) => Faults;
  /** Whether to ask before changes are lost. A form that is emptied after it was sent asks too. */
  guards?: boolean;
  /** Whether `value` follows the server: what others save is taken over in fields that were not edited here, and reported for fields that were. */
  follows?: boolean;
}): Draft<T> {
  const form = useRef<HTMLFormElement>(null);
  const [base, setBase] = useState(given.value);
  const [value, setValue] = useState(given.value);
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const [meanwhile, setMeanwhile] = useState<Meanwhile | null>(null);
  const known = JSON.stringify(given.value);
  const renewed = useRef(known);
  const isChanged = JSON.stringify(value) !== JSON.stringify(base);
  const guards = (given.guards ?? true) && isChanged;
  useHeldPage(guards);
  // The focus moves to a fault only after the form was sent, and before the user types on: faults also change while another field is edited.
  const leads = useRef(false);
  useLayoutEffect(() => {
    if (!leads.current) return;
    leads.current = false;
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [faults]);
  const refuse = (wrong: Faults) => {
    leads.current = true;
    setFaults(wrong);
  };
  // Before anything more can be typed: anything typed before the next render would be reverted.
  useLayoutEffect(() => {
    // A change that is being saved here comes back from the server, and is not somebody else's.
    if (!given.follows || busy || renewed.current === known) return;
    renewed.current = known;
    const theirs = given.value;
    const merged = merge(base, value, theirs);
    const isNews = isChanged && JSON.stringify(merged.value) !== JSON.stringify(value);
    setBase(theirs);
    setValue(merged.value);
    if (merged.both.length === 0 && !isNews) return;
    setMeanwhile({
      both: merged.both,
      take: () => {
        setValue((was) => ({ ...was, ...Object.fromEntries(merged.both.map((field) => [field, theirs[field]])) }));
        setMeanwhile(null);
      },
    });
  }, [known, busy]);
  const set = <K extends keyof T>(field: K, to: T[K]) => {
    setValue((was) => ({ ...was, [field]: to }));
    // The fault of a row is below its list's name.
    const isOf = (name: string) => name === field || name === ALL || name.startsWith(`${String(field)}.`);
    setFaults((was) => Object.fromEntries(Object.entries(was).filter(([name]) => !isOf(name))));
  };
  const submit = async (event?: Event): Promise<boolean> => {
    event?.preventDefault();
    if (busy) return false;
    const wrong = { ...checked(given.rules, value), ...given.check?.(value), ...misread(form.current) };
    if (Object.keys(wrong).length > 0) {
      refuse(wrong);
      return false;
    }
    setFaults({});
    setBusy(true);
    try {
      await given.send(value);
      setBase(value);
      setMeanwhile(null);
      return true;
    } catch (fault) {
      refuse(faultsOf(fault, given.rules));
      return false;
    } finally {
      setBusy(false);
    }
  };
  const reset = (to: T) => {
    setBase(to);
    setValue(to);
    setFaults({});
    setMeanwhile(null);
  };
  return { value, rules: given.rules, faults, isChanged, busy, set, reset, submit, form, path: "", meanwhile };
}

/** The fields whose text is not what the draft has of it: a day without its year, or half a number, is empty there, and would be lost unnoticed. A
 * year of two digits is one of the first century. */
function misread(form: HTMLFormElement | null): Faults {
  const wrong: Faults = {};
  for (const { dataset, type, validity } of form?.querySelectorAll<HTMLInputElement>("input[data-field]") ?? []) {
    const isFar = type === "date" && (validity.rangeUnderflow || validity.rangeOverflow);
    const fault = validity.badInput ? forms.incomplete : isFar ? forms.years : null;
    if (fault !== null) wrong[dataset.field ?? ALL] = sentence(w.form.it(fault));
  }
  return wrong;
}

function checked(rules: Rules, value: object): Faults {
  const wrong: Faults = {};
  for (const [field, rule] of Object.entries<Rule>(rules)) {
    if (!(field in value)) continue;
    const fault = faultOf(rule, (value as Record<string, unknown>)[field]);
    if (fault !== null) wrong[field] = sentence(w.form.it(fault));
  }
  return wrong;
}

/** A problem by the form's fields: a fault that names a field of the form is shown there, the rest below the form. */
export function faultsOf(fault: unknown, rules: Rules): Faults {
  if (!(fault instanceof Problem)) return { [ALL]: messageOf(fault) };
  if (fault.code === "edited_meanwhile") return { [ALL]: w.failure.changedMeanwhile };
  const named = fault.faults.filter(({ field }) => field in rules);
  if (named.length === 0) {
    const others = fault.faults.map(({ field, reason }) => sentence(`${field} ${reason}`));
    return { [ALL]: others.length > 0 ? others.join(" ") : fault.message };
  }
  return Object.fromEntries(named.map(({ field, reason }) => [field, sentence(w.form.it(reason))]));
}
