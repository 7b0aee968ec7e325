// The server's refusals in the language of the pages. Its own sentences are English; its codes are in the API's document, and the compiler finds a
// code for which a catalogue has no text.
import { language, number } from "../app/language";
import type { components } from "./types";

/** The server's codes for problems. */
export type Code = components["schemas"]["Problem"]["code"];

/** Its codes for faults of one value; `other` is a fault that has only the server's sentence. */
type ReasonCode = Exclude<components["schemas"]["Fault"]["code"], "other">;

/** The numbers that such a sentence names, formatted for people. */
export interface ReasonParams {
  min: string;
  max: string;
  chars: string;
}

/** The faults of one value in a language, worded to follow the value's name. */
export type Reasons = Record<ReasonCode, string | ((params: ReasonParams) => string)>;

/** The values in the server's sentence, formatted for people. */
export interface Params {
  max: string;
  permission: string;
  retry_after_s: string;
}

/** The sentences of a language. */
export type Refusals = Record<Code, string | ((params: Params) => string)>;

/** Loaded when something is refused, which is rare. English needs none: the server's sentences are English. */
const CATALOGUES = {
  en: null,
  de: () => import("./words/de"),
  es: () => import("./words/es"),
  pt: () => import("./words/pt"),
};

/** The sentence for a refusal; null if the server's own is to be shown, such as for a newer server's code. */
export async function refusal(code: string, params: Record<string, unknown>): Promise<string | null> {
  const load = CATALOGUES[language];
  if (load === null) return null;
  try {
    const { default: words } = await load();
    if (!Object.hasOwn(words, code)) return null;
    const said = words[code as Code];
    if (typeof said === "string") return said;
    const named = (name: string) => asRead(params, name);
    return said({ max: named("max"), permission: named("permission"), retry_after_s: named("retry_after_s") });
  } catch {
    // The server went away, or a newer one runs: its English is better than nothing.
    return null;
  }
}

/** The fault of one value, worded to follow the value's name; null if the server's own sentence is to be shown. */
export async function reason(code: string, params: Record<string, unknown>): Promise<string | null> {
  const load = CATALOGUES[language];
  if (load === null) return null;
  try {
    const { reasons } = await load();
    if (!Object.hasOwn(reasons, code)) return null;
    const said = reasons[code as ReasonCode];
    if (typeof said === "string") return said;
    return said({ min: asRead(params, "min"), max: asRead(params, "max"), chars: asRead(params, "chars") });
  } catch {
    return null;
  }
}

/** A value in a sentence, formatted for people in this language. */
function asRead(params: Record<string, unknown>, name: string): string {
  const value = params[name];
  return typeof value === "number" ? number(value) : String(value ?? "…");
}
