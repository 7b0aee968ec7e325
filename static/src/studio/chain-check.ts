// Faults in a voice of the chain that prevent sending: the rules of schema/src/voice_chain.rs, with texts for people.
import type { DaySpan, Profile, WeekHours } from "../api/model";
import { DAYS, type Day, spanFault, timeFrom } from "../business/hours";
import { w } from "./words";

export type Link = Profile["voices"][number];

/** The server's limits. */
const LANGUAGES_MAX = 20;
const SPANS_MAX = 8;
const MICROS_MAX = 1_000_000_000_000;
const TAG = /^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/;
/** The name of a voice at a provider. */
export const VOICE = /^[!-~]{1,79}$/;
/** Stands for an amount that can't be read: the server accepts no such value. */
const NO_AMOUNT = -1;

/** The faults in a voice's name and rules, by field. */
export interface LinkFaults {
  voice?: string;
  languages?: string;
  hours: Partial<Record<Day, string>>;
  cost?: string;
}

export function faultsOfLink({ voice, when, call_cost_max_micros: cap }: Link): LinkFaults {
  const faults: LinkFaults = { hours: {} };
  if (voice !== null && !VOICE.test(voice)) faults.voice = w.wrong.voice;
  const languages = when?.languages ?? [];
  const odd = languages.find((tag) => !TAG.test(tag));
  if (odd !== undefined) faults.languages = w.chain.rules.badLanguage(odd);
  else if (languages.length > LANGUAGES_MAX) faults.languages = w.chain.rules.manyLanguages(LANGUAGES_MAX);
  for (const day of DAYS) {
    const spans = when?.hours?.[day] ?? [];
    const fault = spans.length > SPANS_MAX ? "many" : spanFault(spans);
    if (fault !== null) faults.hours[day] = w.chain.rules.badHours[fault];
  }
  if (cap !== null && !(Number.isInteger(cap) && cap >= 1 && cap <= MICROS_MAX)) faults.cost = w.chain.rules.badCost;
  return faults;
}

/** The first fault of a chain; null if there is none. */
export function faultOfChain(chain: readonly Link[]): string | null {
  for (const link of chain) {
    const { voice, languages, hours, cost } = faultsOfLink(link);
    const fault = voice ?? languages ?? Object.values(hours)[0] ?? cost;
    if (fault !== undefined) return `${w.chain.names[link.provider]}: ${fault}`;
  }
  return null;
}

/** The languages in a typed text, such as `de, pt-BR`. */
export function languagesFrom(text: string): string[] {
  const tags = text.split(/[\s,;]+/).filter((tag) => tag !== "");
  return [...new Set(tags)];
}

/** The spans of a day in a typed text, such as `8-12, 13:00 – 18:00`. An invalid time becomes empty, and is reported. */
export function spansFrom(text: string): DaySpan[] {
  const parts = text.split(/[,;]/).filter((part) => part.trim() !== "");
  return parts.map((part) => {
    const [from = "", to = "", ...more] = part.split(/[-–—]/).map((time) => timeFrom(time) ?? "");
    // As an end, midnight is the end of the day.
    return { from, to: more.length > 0 ? "" : to === "00:00" ? "24:00" : to };
  });
}

/** The spans as a field shows them. */
export function spansWritten(spans: readonly DaySpan[]): string {
  return spans.map(({ from, to }) => `${from}–${to}`).join(", ");
}

/** The amount in a typed text, such as `0.50` or `0,5`, in millionths; null for an empty one. */
export function microsFrom(text: string): number | null {
  if (text.trim() === "") return null;
  const [, whole, behind = ""] = /^\s*(\d{1,7})(?:[.,](\d{1,6}))?\s*$/.exec(text) ?? [];
  return whole === undefined ? NO_AMOUNT : Number(whole) * 1_000_000 + Number(behind.padEnd(6, "0"));
}

/** The amount as a field shows it. */
export function microsWritten(micros: number | null): string {
  if (micros === null || micros < 0) return "";
  const digits = String(micros % 1_000_000).padStart(6, "0").replace(/0+$/, "");
  return `${Math.floor(micros / 1_000_000)}${digits === "" ? "" : `.${digits.padEnd(2, "0")}`}`;
}

/** The default hours: Monday to Friday. */
export function usualHours(): WeekHours {
  const day = () => [{ from: "09:00", to: "17:00" }];
  return { monday: day(), tuesday: day(), wednesday: day(), thursday: day(), friday: day(), saturday: [], sunday: [] };
}

/** A link's rule, null if it says nothing. */
export function ruleOf(languages: string[], hours: WeekHours | null): Link["when"] {
  return languages.length === 0 && hours === null ? null : { languages, hours };
}
