// Meanings of a call's codes, in words.
import { locale } from "../app/language";
import { w } from ".";
import type { Call, CallState } from "../api/model";

/** States as people say them. */
export const stateWords: Record<CallState, string> = w.states;

/** The line that a party came on. */
export const lineWords: Record<NonNullable<Call["leg_kind"]>, string> = w.lines;

const causes: Record<string, string> = w.causes;

const failures: Record<NonNullable<Call["failure"]>, string> = w.failures;

/** Why a call of ours has reached nobody. */
export function failureInWords(failure: NonNullable<Call["failure"]>): string {
  return failures[failure];
}

/** The causes that one can look for. */
export const causeList = Object.entries(causes);

/**
 * Why a call ended. A normal end says who hung up, a call of ours that reached nobody why. Of a call to us the failure is that of a
 * transfer, which it has outlived.
 */
export function causeInWords({
  hangup_cause,
  hangup_by,
  failure,
  direction = "outbound",
}: Pick<Call, "hangup_cause" | "hangup_by" | "failure"> & Partial<Pick<Call, "direction">>): string {
  if (failure && direction !== "inbound") return failureInWords(failure);
  if (!hangup_cause) return w.notKnown;
  if (hangup_cause === "normal_clearing" && hangup_by && hangup_by in w.hungUpBy) {
    return w.hungUpBy[hangup_by as keyof typeof w.hungUpBy];
  }
  return causes[hangup_cause] ?? asWords(hangup_cause);
}

/** Whether the end was no good one. */
export function isBadEnd(cause: string | null): boolean {
  return cause !== null && !["normal_clearing", "call_transferred", "caller_silent", "max_duration"].includes(cause);
}

/** Members of a call that say who its other party is. */
type Party = Pick<Call, "direction" | "from" | "to"> & Partial<Pick<Call, "identity">>;

/** A visitor whom a website has signed has that name. */
function otherParty({ direction, from, to, identity }: Party): string | null {
  return direction === "outbound" ? to : identity?.name || identity?.email || from;
}

/** The other party, as far as it is known: who calls, or whom we call. */
export function callerName(call: Party): string {
  return otherParty(call) || w.unknownCaller;
}

/** A call by its other party. */
export function callName(call: Party): string {
  const who = otherParty(call);
  if (!who) return w.callUnknown;
  return call.direction === "outbound" ? w.callTo(who) : w.callFrom(who);
}

const tools: Record<string, string> = w.tools;

/** Action of a tool, in words; a business's own tools keep the name that it gave them. */
export function toolInWords(name: string): string {
  return tools[name] ?? asWords(name);
}

const providers: Record<string, string> = {
  builtin: w.builtIn,
  openai: "OpenAI",
  "openai-live": "OpenAI Live",
  elevenlabs: "ElevenLabs",
  deepgram: "Deepgram",
  gemini: "Gemini",
  cascade: w.ownServices,
};

/** The assistant's provider by name. */
export function providerName(provider: string | null): string {
  return provider ? (providers[provider] ?? provider) : "–";
}

/** Money of a call; calls cost fractions of a cent, so four places. */
export function money(micros: number, currency: string): string {
  if (micros === 0) return "–";
  const style = { style: "currency", currency, minimumFractionDigits: 4 } as const;
  return new Intl.NumberFormat(locale, style).format(micros / 1_000_000);
}

/** `leg_joined` as `Leg joined`: for codes that have no words of their own. */
export function asWords(code: string): string {
  const words = code.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** How long the conversation lasted or lasts, in ms; null before it began. */
export function duration({ answered_at, talk_ms }: Pick<Call, "answered_at" | "talk_ms">, now: number): number | null {
  return answered_at ? (talk_ms ?? now - Date.parse(answered_at)) : null;
}
