// The server's refusals, in the language of the pages. Its own sentences are English; its codes are in the API's document, and the
// compiler finds one that a catalogue has no words for.
import { language, number } from "../app/language";
import type { components } from "./types";

/** The server's words for what is wrong. */
export type Code = components["schemas"]["Problem"]["code"];

/** Its words for what is wrong with one value; `other` is one for which there is only its sentence. */
type ReasonCode = Exclude<components["schemas"]["Fault"]["code"], "other">;

/** The numbers that such a sentence names, as people read them. */
export interface ReasonParams {
  min: string;
  max: string;
  chars: string;
}

/** Faults of one value, in a language: as they follow the value's name. */
export type Reasons = Record<ReasonCode, string | ((params: ReasonParams) => string)>;

/** Names in the server's sentence, as people read them. */
export interface Params {
  max: string;
  permission: string;
  retry_after_s: string;
}

/** The sentences of a language. */
export type Refusals = Record<Code, string | ((params: Params) => string)>;

/** Loaded where something is refused, which is rare. English needs none: the server says it. */
const CATALOGUES = {
  en: null,
  de: () => import("./words/de"),
  es: () => import("./words/es"),
  pt: () => import("./words/pt"),
};

/** The sentence for a refusal; null where the server's own is to be shown, as of a newer server's code. */
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

/** Fault of one value, as it follows the value's name; null where the server's own sentence is to be shown. */
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

/** A value that a sentence names, as people of the language read it. */
function asRead(params: Record<string, unknown>, name: string): string {
  const value = params[name];
  return typeof value === "number" ? number(value) : String(value ?? "…");
}
