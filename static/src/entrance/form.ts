// A form to be sent: a fault is shown at its field, and the first such field gets the focus.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Fault, messageOf, Problem, sentence } from "../api/client";
import { secondsInWords } from "../words/people";
import { w as frame } from "../app/words";
import { w } from "./words";

/** Faults by field name; under `ALL` those that belong to no single field. */
export type Faults = Record<string, string>;

/** The whole form. */
export const ALL = "";

/** The value of a field. */
export type Values = (name: string) => string;

/** The rules of a form. */
interface Rules {
  /** Required fields, with the message if one is empty. */
  required: Record<string, string>;
  /** Sends the form. Throws a [`Problem`]. */
  send: (values: Values) => Promise<void>;
  /** The faults for a problem in this form; null if its own text fits. */
  meaning?: (problem: Problem, values: Values) => Faults | null;
}

/** A form's state, for the components of `fields.tsx`. */
export interface FormState {
  form: { current: HTMLFormElement | null };
  faults: Faults;
  /** Whether a request is in progress. */
  busy: boolean;
  /** Seconds until it may be sent again. */
  waitS: number;
  submit: (event: Event) => Promise<void>;
}

/** A form by its rules. */
export function useForm({ required, send, meaning }: Rules): FormState {
  const form = useRef<HTMLFormElement>(null);
  const [faults, setFaults] = useState<Faults>({});
  const [busy, setBusy] = useState(false);
  const [waitS, setWaitS] = useState(0);
  useEffect(() => {
    if (waitS <= 0) return undefined;
    const timer = setTimeout(() => {
      setWaitS(waitS - 1);
      if (waitS === 1) setFaults({});
    }, 1_000);
    return () => clearTimeout(timer);
  }, [waitS]);
  useEffect(() => {
    const wrong = form.current?.querySelector<HTMLInputElement>('[aria-invalid="true"]');
    wrong?.focus();
    wrong?.select();
  }, [faults]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || waitS > 0 || !form.current) return;
    const data = new FormData(form.current);
    const values = (name: string) => String(data.get(name) ?? "");
    const empty = Object.entries(required).filter(([name]) => values(name).trim() === "");
    setFaults(Object.fromEntries(empty));
    if (empty.length > 0) return;
    setBusy(true);
    try {
      await send(values);
    } catch (fault) {
      const problem = fault instanceof Problem ? fault : new Problem(0, messageOf(fault), null);
      setFaults((problem.status === 429 ? null : meaning?.(problem, values)) ?? faultsOf(problem));
      if (problem.status === 429) setWaitS(problem.retryAfterS ?? 60);
    }
    setBusy(false);
  };
  return { form, faults, busy, waitS, submit };
}

/** A problem with its own text. */
function faultsOf({ status, message, retryAfterS, faults }: Problem): Faults {
  if (status === 429) return { [ALL]: w.tooMany(secondsInWords(retryAfterS ?? 60)) };
  if (faults.length === 0) return { [ALL]: message };
  return Object.fromEntries(faults.map(({ field, reason }: Fault) => [field, sentence(frame.form.it(reason))]));
}
