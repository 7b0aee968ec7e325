// A thing of the API that is edited: its draft, what is wrong with it, whether it is saved.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf, Problem, sentence } from "../../api/client";
import { useHeldPage } from "../guard-leaving";
import { w } from "../words";
import { merge } from "./merge";
import { faultOf, type Rule, type Rules } from "./rules";

/** Faults, by the fields' names; under `ALL` those that are no one field's. */
export type Faults = Record<string, string>;

/** The whole record. */
export const ALL = "";

/** A record that is edited, for the parts of `fields.tsx`. */
export interface Draft<T extends object> {
  value: T;
  rules: Rules;
  faults: Faults;
  /** Whether it differs from what was given or saved last. */
  isChanged: boolean;
  busy: boolean;
  set: <K extends keyof T>(field: K, value: T[K]) => void;
  /** Takes other values for the whole, as if they had been saved. */
  reset: (value: T) => void;
  /** Checks and sends it; tells whether it was taken. */
  submit: (event?: Event) => Promise<boolean>;
  form: { current: HTMLFormElement | null };
  /** Changes of somebody else while this was written; null where there are none. */
  meanwhile: Meanwhile | null;
}

/** Somebody else has saved the record: what was not written over here is taken in. */
export interface Meanwhile {
  /** Fields that both have changed, and not alike: ours stand. */
  both: string[];
  /** Takes theirs of those. */
  take: () => void;
}

/** Edits a copy of `value` by the rules of the API. `send` throws a [`Problem`]. Who leaves the page with changes is asked first. */
export function useDraft<T extends object>(given: {
  value: T;
  rules: Rules;
  send: (value: T) => Promise<unknown>;
  /** Further checks beside the rules, by field. */
  check?: (value: T) => Faults;
  /** Whether to ask before changes are lost. A form that is emptied when it was sent asks too. */
  guards?: boolean;
  /** Whether `value` follows the server: what others save is taken in where nothing was written over it, and reported where something was. */
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
  // Only who has sent the form is led to what is wrong, and before they type on: faults also change while another field is filled in.
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
  // Before anything more can be written: what is written until the next picture would be put back.
  useLayoutEffect(() => {
    // A change that is being saved here comes back as the server has it, and is no news.
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
    // A fault of a row is below its list's name.
    const isOf = (name: string) => name === field || name === ALL || name.startsWith(`${String(field)}.`);
    setFaults((was) => Object.fromEntries(Object.entries(was).filter(([name]) => !isOf(name))));
  };
  const submit = async (event?: Event): Promise<boolean> => {
    event?.preventDefault();
    if (busy) return false;
    const wrong = { ...checked(given.rules, value), ...given.check?.(value) };
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
  return { value, rules: given.rules, faults, isChanged, busy, set, reset, submit, form, meanwhile };
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

/** A problem by the form's fields: what names a field that the form has is shown there, the rest below the form. */
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
