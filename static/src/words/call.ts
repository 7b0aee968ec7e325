// What codes of a call mean, in words.
import { locale } from "../app/language";
import type { Call, CallState } from "../api/model";

/** States as people say them. */
export const stateWords: Record<CallState, string> = {
  dialling: "Calling",
  waiting: "Connecting",
  live: "Live",
  interrupted: "Interrupted",
  ended: "Ended",
};

/** The line that a party came on. */
export const lineWords: Record<NonNullable<Call["leg_kind"]>, string> = {
  audiosocket: "Telephone, over Asterisk",
  freeswitch: "Telephone, over FreeSWITCH",
  twilio: "Telephone, over Twilio",
  web: "Browser",
  assistant: "Assistant",
};

const causes: Record<string, string> = {
  normal_clearing: "Ended normally",
  call_transferred: "Passed on to somebody else",
  caller_silent: "The caller said nothing more",
  max_duration: "The longest duration was reached",
  no_capacity: "Refused: too many calls",
  draining: "Refused: the server was going down",
  server_stopped: "The server was stopped",
  server_restart: "The server restarted and the caller did not come back",
  connection_lost: "The connection broke",
  no_audio: "Announced, but no audio came",
  audio_unconfirmed: "Refused: no switch knows of this audio",
  channel_gone: "The switch lost the call",
  no_control: "Nobody could be reached",
  unannounced: "Refused: nobody announced the call",
  assistant_failed: "The assistant failed",
  daily_cap_reached: "Refused: the cost of a day was reached",
  voicemail: "A mailbox answered",
  dial_timeout: "The switch did not say in time who answered",
  not_recorded: "Not called: the attempt could not be put on record",
  internal_error: "The call failed here",
};

const failures: Record<NonNullable<Call["failure"]>, string> = {
  busy: "Busy",
  no_answer: "Nobody answered",
  declined: "Declined",
  unregistered: "No phone is registered there",
  offline: "Not at work",
  unallocated: "There is no such number",
  unavailable: "The phone does not answer the network",
  congestion: "The network or the switch is full",
  bad_target: "Can't be dialled from here",
  voicemail: "A mailbox answered",
  trunk: "The line to the outside is down",
  timeout: "The switch did not say in time who answered",
  caller_left: "Given up before anybody answered",
};

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
  if (!hangup_cause) return "Not known";
  if (hangup_cause === "normal_clearing") {
    switch (hangup_by) {
      case "caller":
        return "Caller hung up";
      case "assistant":
        return "Assistant hung up";
      case "api":
        return "Hung up from here";
      case "agent":
        return "Agent hung up";
      case "switch":
        return "The switch hung up";
    }
  }
  return causes[hangup_cause] ?? asWords(hangup_cause);
}

/** Whether the end was no good one. */
export function isBadEnd(cause: string | null): boolean {
  return cause !== null && !["normal_clearing", "call_transferred", "caller_silent", "max_duration"].includes(cause);
}

/** The other party, as far as it is known: who calls, or whom we call. */
export function callerName(call: Pick<Call, "direction" | "from" | "to">): string {
  return (call.direction === "outbound" ? call.to : call.from) || "Unknown caller";
}

/** A call by its other party. */
export function callName(call: Pick<Call, "direction" | "from" | "to">): string {
  return `${call.direction === "outbound" ? "Call to" : "Call from"} ${callerName(call)}`;
}

const tools: Record<string, string> = {
  end_call: "End the call",
  take_message: "Take a message",
  hold_call: "Put the caller on hold",
  unhold_call: "Take the caller off hold",
  check_extension: "See whether somebody is there",
  request_handoff: "Ask for a person",
  escalate_to_human: "Ask for a person",
  transfer_call: "Pass the caller on",
  create_lead: "Write down what is wanted",
  book_estimate: "Find a time and book it",
  send_sms: "Send a text message",
  create_event: "Write down an event",
  update_event: "Change an event",
  create_todo: "Write down a to-do",
  update_todo: "Change a to-do",
  complete_todo: "Complete a to-do",
};

/** What a tool does, in words; a business's own tools keep the name that it gave them. */
export function toolInWords(name: string): string {
  return tools[name] ?? asWords(name);
}

const providers: Record<string, string> = { builtin: "Built-in", openai: "OpenAI" };

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
export function duration(call: Pick<Call, "answered_at" | "ended_at">, now: number): number | null {
  if (!call.answered_at) return null;
  const end = call.ended_at ? Date.parse(call.ended_at) : now;
  return end - Date.parse(call.answered_at);
}
