// Entries of a journal as rows of the timeline.
import type { AgentEnd, AgentWish, ConsultEnd, ControlLink, Entry, KeyAction, ToolOrigin } from "../api/model";
import type { IconName } from "../app/icons";
import { asWords, causeInWords, failureInWords, providerName, toolInWords } from "../words/call";
import { shortLength } from "../words/time";

/** One row of the timeline. */
export interface Mark {
  seq: number;
  /** ms since 1970. */
  at: number;
  icon: IconName;
  tone: "plain" | "good" | "bad" | "mark";
  title: string;
  detail: string;
  /** Shown when asked for: a tool's arguments and result. */
  more: { name: string; text: string }[];
}

/** The entry of one kind. */
type Of<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;

/** A tool's run is one row, which changes when it ends. */
export class ToolMarks {
  private readonly asked = new Map<string, Of<"tool_call">>();
  private readonly running = new Map<number, Mark>();

  /** The row that this entry adds, or puts in the place of the one that it `ends`; null where it is about no tool. */
  take(entry: Entry, at: number): { mark: Mark; ends: Mark | null } | null {
    switch (entry.kind) {
      case "tool_call":
        this.asked.set(entry.tool_call, entry);
        return null;
      case "tool_started":
      case "custom_tool_started":
        return { mark: this.start(entry, at), ends: null };
      case "tool_finished":
        return this.finish(entry, at);
      default:
        return null;
    }
  }

  private start(entry: Of<"tool_started"> | Of<"custom_tool_started">, at: number): Mark {
    const mark = row(entry.seq, at, "tool", "plain", toolInWords(entry.tool), "running");
    const request = this.asked.get(requestOf(entry.origin));
    if (request) mark.more.push({ name: "Arguments", text: pretty(request.arguments) });
    else mark.detail = "running, asked for by a key";
    this.running.set(entry.effect, mark);
    return mark;
  }

  private finish(entry: Of<"tool_finished">, at: number): { mark: Mark; ends: Mark | null } {
    const ends = this.running.get(entry.effect) ?? null;
    const mark = { ...(ends ?? row(entry.seq, at, "tool", "plain", toolInWords(entry.tool), "")) };
    const isDone = entry.outcome === "done";
    mark.tone = isDone ? "good" : "bad";
    mark.icon = isDone ? "tick" : "cross";
    mark.detail = `${outcomes[entry.outcome]} after ${shortLength(entry.took_ms)}`;
    if (entry.outcome === "done") mark.more = [...mark.more, { name: "Result", text: entry.note }];
    else if (entry.outcome !== "timed_out") mark.more = [...mark.more, { name: "Result", text: entry.reason }];
    this.running.delete(entry.effect);
    return { mark, ends };
  }
}

const outcomes = { done: "done", refused: "refused", failed: "failed", timed_out: "no answer" };

/** The provider's id of the request; empty where the caller asked, by a key or in words. */
function requestOf(origin: ToolOrigin): string {
  return typeof origin === "string" ? "" : origin.assistant.tool_call;
}

/** Arguments come as JSON, or as the text that a model took for it. */
function pretty(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value, null, 2) ?? "";
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

function row(seq: number, at: number, icon: IconName, tone: Mark["tone"], title: string, detail: string): Mark {
  return { seq, at, icon, tone, title, detail, more: [] };
}

/** The row of an entry; null for inner steps, and for what is shown elsewhere. Kinds that this page does not know yet are
 * shown by their names. */
export function markOf(entry: Entry, at: number): Mark | null {
  const mark = (icon: IconName, tone: Mark["tone"], title: string, detail = "") =>
    row(entry.seq, at, icon, tone, title, detail);
  switch (entry.kind) {
    case "announced":
    case "outside_id_added":
    case "leg_arrived":
    case "transcript":
    case "item_complete":
    case "played_until":
    case "tool_call":
    case "tool_started":
    case "custom_tool_started":
    case "tool_finished":
    case "tool_done":
    case "deadline_passed":
    case "next_asked":
    case "next_answered":
    case "recording_finished":
    case "usage":
    case "charged":
    case "capabilities_changed":
    case "action_done":
    case "extension_checked":
    case "place_checked":
    case "handoff_accepted":
    case "handoff_failed":
    case "attempt_recorded":
    case "outbound_failed":
    // Its key stands there already.
    case "key_told_again":
      return null;
    case "call_started":
      return mark("calls", "plain", "Call began", entry.profile.name);
    case "dial_requested":
      return mark("calls", "plain", `Calling ${entry.target}`);
    case "dial_progress":
      return entry.progress === "ringing"
        ? mark("calls", "plain", "The phone rings")
        : mark("calls", "plain", "The network plays something", "nobody has answered");
    case "dial_answered":
      return mark("calls", "good", "Somebody has answered");
    case "dial_failed":
      return mark("cross", "bad", "Not reached", failureInWords(entry.failure));
    case "answered_by":
      return mark("calls", "plain", "Answered by", answererWords[entry.who]);
    case "voicemail_tone":
      return mark("voice", "plain", "The mailbox's tone is over");
    case "answered":
      return mark("calls", "good", "Answered");
    case "leg_joined":
      return mark("leg", "plain", "Leg joined", `${asWords(entry.leg_kind)}, ${entry.rate} Hz`);
    case "leg_left":
      return mark("leg", entry.how === "broken" ? "bad" : "plain", "Leg left", entry.how);
    case "leg_misconfigured":
      return mark("cross", "bad", "Leg set up wrong", entry.finding);
    case "assistant_ready":
      return mark("voice", "plain", "Assistant ready", providerName(entry.provider));
    case "assistant_failed":
      return mark("cross", "bad", "Assistant failed", entry.reason);
    case "assistant_interrupted":
      return mark("wait", "bad", "Assistant lost its provider", entry.reason);
    case "assistant_restored":
      return mark("voice", "good", "Assistant is back", `after ${shortLength(entry.away_ms)}`);
    case "assistant_replaced":
      return mark("voice", "bad", "Another assistant took over", asWords(entry.failure).toLowerCase());
    case "assistant_tried":
      return mark("wait", "plain", "Configured assistant tried again", `attempt ${entry.attempt}`);
    case "assistant_returned":
      return mark("voice", "good", "Configured assistant is back", `after ${shortLength(entry.away_ms)}`);
    case "assistant_given_up":
      return mark("cross", "bad", "Configured assistant not tried again", asWords(entry.failure).toLowerCase());
    case "dtmf":
      return mark("key", "plain", `Key ${entry.digit}`);
    case "key_pressed":
      return mark("key", "mark", `Key ${entry.digits} does`, actionInWords(entry.action));
    case "barge_in":
      return mark("cut", "mark", "Barge-in", `heard until ${shortLength(entry.heard_ms)}`);
    case "message_taken":
      return mark("record", "good", "Message taken", `${shortLength(entry.to_ms - entry.from_ms)} long`);
    case "notice_given":
      return mark("voice", "good", "Notice heard", `version ${entry.version}`);
    case "silence_prompted":
      return mark("wait", "plain", "Asked whether the caller is there");
    case "say_asked":
      return mark("voice", "plain", "Asked to say", entry.text);
    case "dtmf_asked":
      return mark("key", "plain", "Asked to play keys", entry.digits.join(""));
    case "interrupted":
      return mark("wait", "bad", "Interrupted", "waiting for the caller to come back");
    case "returning":
      return mark("wait", "plain", "On the way back", "to the assistant");
    case "resumed":
      return mark("calls", "good", "Resumed", `after ${shortLength(entry.away_ms)}`);
    case "control_attached":
      return mark("leg", "plain", "Control link", linkInWords(entry.link));
    case "control_lost":
      return mark("leg", "bad", "Control link lost", `${linkInWords(entry.link)}: ${entry.reason}`);
    case "mode_changed":
      return mark("leg", "plain", "Mode changed", modeWords[entry.mode]);
    case "held":
      return mark("wait", "plain", "Held", "by the caller's phone or the switch");
    case "channel_gone":
      return mark("cross", "plain", "The switch has no such channel any more");
    case "unheld":
      return mark("wait", "plain", "Held no more");
    case "hold_began":
      return mark("wait", "mark", "On hold");
    case "hold_ended":
      return mark("wait", "good", "Off hold", `after ${shortLength(entry.held_ms)}`);
    case "hold_asked":
      return mark("wait", "plain", "Asked to hold");
    case "unhold_asked":
      return mark("wait", "plain", "Asked to take off hold");
    case "park_asked":
      return mark("wait", "plain", "Asked to park");
    case "parked":
      return mark("wait", "mark", "Parked", `at ${entry.space}`);
    case "park_ended":
      return mark("wait", "good", "Taken back", `after ${shortLength(entry.parked_ms)}`);
    case "variables_asked":
      return mark("dot", "plain", "Variables set", Object.keys(entry.variables).join(", "));
    case "person_recording_began":
      return mark("record", "mark", "The switch records the caller and the person");
    case "person_recording_ended":
      return mark("record", "plain", "The switch records them no more");
    case "transfer_asked":
      return mark("calls", "plain", "Asked to transfer", `to ${entry.target}`);
    case "handoff_asked":
      return mark("calls", "plain", "Asked to hand off", `to ${entry.target}`);
    case "transfer_requested":
      return mark("calls", "mark", `Transfer to ${entry.target}`);
    case "handoff_requested":
    case "agent_requested":
      return mark("calls", "mark", `Hand-off to ${entry.target}`, entry.reason);
    case "desk_ringing":
      return mark("calls", "plain", "Offered at a desk");
    case "offer_passed":
      return mark("calls", "plain", "An agent has not taken it", failureInWords(entry.failure));
    case "desk_accepted":
      return mark("calls", "plain", "An agent has accepted");
    case "desk_failed":
      return mark("calls", "plain", "No agent takes it", failureInWords(entry.failure));
    case "callback_noted":
      return mark("calls", "mark", "Callback noted", entry.phone);
    case "queue_placed":
      return mark("wait", "plain", `Number ${String(entry.position)} in the queue`);
    case "agent_asked": {
      const [title, detail] = wishInWords(entry);
      return mark("person", "plain", title, detail);
    }
    case "agent_joined":
      return mark("calls", "good", "Agent and caller talk");
    case "agent_left":
      return mark("calls", "plain", "The agent has left", agentEndWords[entry.how]);
    case "passed_on":
      return mark("calls", "mark", `Passed on to ${entry.target}`, entry.note);
    case "consult_began":
      return mark("person", "mark", `The agent asks ${entry.target}`, "the caller hears music");
    case "colleague_joined":
      return mark("person", "good", "Agent and colleague talk", "the caller does not hear them");
    case "phone_told":
      if (entry.phone === "put_down") return mark("calls", "plain", "The phone is hung up");
      if (entry.phone === "failed") return mark("calls", "plain", "Nobody talks on the phone", failureInWords(entry.failure));
      return mark("calls", "plain", entry.phone === "rings" ? "A phone rings" : "The phone is answered");
    case "outsider_answered":
      return mark("person", "good", `Agent and ${entry.target} talk`, "the caller does not hear them");
    case "outsider_joined":
      return mark("person", "good", `${entry.target} and caller talk`);
    case "outsider_left":
      return mark("person", "plain", `${entry.target} has left`);
    case "consult_ended":
      return entry.end.how === "not_reached"
        ? mark("person", "bad", "No colleague was reached", failureInWords(entry.end.failure))
        : mark("person", "plain", consultEndWords[entry.end.how]);
    case "whispered":
      return mark("person", "plain", "The assistant tells them of the caller", entry.text);
    case "handed_back":
      return mark("calls", "mark", "Handed back to the assistant", entry.note);
    case "handoff_ringing":
      return mark("calls", "plain", "A phone rings");
    case "handoff_bridged":
      return mark("calls", "good", "A person has taken over");
    case "handoff_abandoned":
      return mark("cross", "bad", "Nobody took over", asWords(entry.failure).toLowerCase());
    case "caller_returned":
      return mark("calls", "plain", "The person has left", "the caller is back");
    case "recording_failed":
      return mark("record", "bad", "Recording stopped", entry.reason);
    case "hangup":
      return mark("end", "plain", "Hang-up asked for", `by ${entry.by}`);
    case "step_panicked":
      return mark("cross", "bad", "A step failed", entry.message);
    case "effect_failed":
      return mark("cross", "bad", "An effect failed", entry.reason);
    case "reborn":
      return mark("cross", "bad", "The call's actor died and lives again");
    case "ended":
      return mark("end", "plain", "Ended", causeInWords({ hangup_cause: entry.cause, hangup_by: entry.by, failure: null }));
    default:
      return mark("dot", "plain", asWords(entry.kind));
  }
}

function actionInWords(action: KeyAction): string {
  const words = asWords(action.action).toLowerCase();
  switch (action.action) {
    case "transfer_call":
    case "request_handoff":
      return `${words} to ${action.target}`;
    case "say":
      return `${words}: ${action.text}`;
    default:
      return words;
  }
}

/** What an agent has asked for at their desk: what it is, and more of it. */
function wishInWords(wish: AgentWish): [string, string] {
  switch (wish.wish) {
    case "hang_up":
      return ["The agent hangs up", ""];
    case "hold":
      return ["The agent puts the caller on hold", ""];
    case "unhold":
      return ["The agent takes the caller off hold", ""];
    case "mute":
      return ["The agent mutes their microphone", ""];
    case "unmute":
      return ["The agent's microphone is on again", ""];
    case "send_dtmf":
      return ["The agent plays keys", wish.digits];
    case "hand_back":
      return ["The agent gives the caller back to the assistant", wish.note];
    case "transfer":
      return [`The agent passes the caller on to ${wish.target}`, wish.note];
    case "consult":
      return [`The agent asks for ${wish.target}`, ""];
    case "join_consult":
      return ["The agent brings all together", ""];
    case "complete_consult":
      return ["The agent leaves the caller to whom they asked", ""];
    case "cancel_consult":
      return ["The agent ends the consultation", ""];
    case "talk_now":
      return ["The agent wants no words of the assistant first", ""];
  }
}

const answererWords = {
  human: "a person",
  machine: "a mailbox",
  unknown: "the switch can't say",
};

const agentEndWords: Record<AgentEnd, string> = {
  handed_back: "gave the caller back",
  passed_on: "passed the caller on",
  left: "others talk with the caller",
  consult_over: "was only asked",
  audio_lost: "their sound was lost",
  caller_gone: "the caller is gone",
  call_ended: "the call has ended",
};

const consultEndWords: Record<Exclude<ConsultEnd["how"], "not_reached">, string> = {
  joined: "Caller, agent and colleague talk",
  completed: "The colleague has the caller",
  cancelled: "The colleague is asked no more",
  colleague_left: "The colleague has left again",
};

const modeWords = {
  dual: "audio and control",
  audio: "audio, no control",
  esl: "control, no audio",
};

function linkInWords(link: ControlLink): string {
  return link.via === "outbound" ? "the channel's own" : "by way of the switch";
}
