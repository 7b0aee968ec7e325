// Why an alarm was raised, as text. The server's own text is English (`AlarmCause` in `schema/src/alarm.rs`).
import { lengthInWords } from "../words/time";
import { w } from "./words";

/** The reason in the language of the pages; a reason that this page does not know stays as it is. */
export function whyWords(detail: string): string {
  const of = (pattern: RegExp) => pattern.exec(detail)?.[1];
  const waited = of(/^the caller has waited for (\d+) s$/);
  if (waited !== undefined) return w.alarms.waited(lengthInWords(Number(waited) * 1_000));
  const silent = of(/^nobody has said anything for (\d+) s$/);
  if (silent !== undefined) return w.alarms.silent(lengthInWords(Number(silent) * 1_000));
  const failure = of(/^the assistant failed: (\w+)$/);
  if (failure !== undefined) return w.alarms.failed(failure);
  const phrase = of(/^said: ([^]*)$/);
  return phrase === undefined ? detail : w.alarms.said(phrase);
}
