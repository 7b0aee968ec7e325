// The entries of a journal as rows of the timeline.
import type { AgentRequest, ControlLink, Entry, KeyAction, ToolOrigin } from "../api/model";
import type { IconName } from "../app/icons";
import { number } from "../app/language";
import { asWords, causeInWords, failureInWords, lineWords, providerName, toolInWords } from "../words/call";
import { inSentence } from "../words/people";
import { shortLength } from "../words/time";
import { w } from "./words";

const words = w.marks;

/** A row of the timeline. */
export interface Mark {
  seq: number;
  /** ms since 1970. */
  at: number;
  icon: IconName;
  tone: "plain" | "good" | "bad" | "mark";
  title: string;
  detail: string;
  /** Shown on request: a tool's arguments and result. */
  more: { name: string; text: string }[];
  /** The page of a result of the call. */
  href?: string;
}

/** The entry type of one kind. */
type Of<K extends Entry["kind"]> = Extract<Entry, { kind: K }>;

/** A tool's run is one row, which changes when it ends. */
export class ToolMarks {
  private readonly asked = new Map<string, Of<"tool_call">>();
  private readonly running = new Map<number, Mark>();

  /** The row that this entry adds, or with which it replaces the row that it `ends`; null if it is not about a tool. */
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
    const mark = row(entry.seq, at, "tool", "plain", toolInWords(entry.tool), words.running);
    const request = this.asked.get(requestOf(entry.origin));
    if (request) mark.more.push({ name: words.arguments, text: pretty(request.arguments) });
    else mark.detail = words.runningByKey;
    this.running.set(entry.effect, mark);
    return mark;
  }

  private finish(entry: Of<"tool_finished">, at: number): { mark: Mark; ends: Mark | null } {
    const ends = this.running.get(entry.effect) ?? null;
    const mark = { ...(ends ?? row(entry.seq, at, "tool", "plain", toolInWords(entry.tool), "")) };
    const isDone = entry.outcome === "done";
    mark.tone = isDone ? "good" : "bad";
    mark.icon = isDone ? "tick" : "cross";
    mark.detail = words.outcomes[entry.outcome](shortLength(entry.took_ms));
    if (entry.outcome === "done") mark.more = [...mark.more, { name: words.result, text: entry.note }];
    else if (entry.outcome !== "timed_out") mark.more = [...mark.more, { name: words.result, text: entry.reason }];
    this.running.delete(entry.effect);
    return { mark, ends };
  }
}

/** The provider's id of the request; empty if the caller requested it, by a key or in words. */
function requestOf(origin: ToolOrigin): string {
  return typeof origin === "string" ? "" : origin.assistant.tool_call;
}

/** Arguments come as JSON, or as a model's text that is not valid JSON. */
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

/** The row of an entry; null for internal steps, and for what is shown elsewhere. Kinds that this page does not know yet are shown by their names. */
export function markOf(entry: Entry, at: number): Mark | null {
  const mark = (icon: IconName, tone: Mark["tone"], title: string, detail = "") =>
    row(entry.seq, at, icon, tone, title, detail);
  switch (entry.kind) {
    // These are lines, waits and times of the page (fold.ts).
    case "speech_started":
    case "speech_stopped":
    case "item_started":
    case "caller_said":
    case "assistant_said":
    case "recording_started":
    case "line_measured":
    case "announced":
    case "outside_id_added":
    case "leg_arrived":
    case "typed":
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
    case "dial_accepted":
    case "outbound_failed":
    // Its key is shown already.
    case "key_told_again":
      return null;
    case "call_started":
      return mark("calls", "plain", words.began, entry.profile.name);
    case "dial_requested":
      return mark("calls", "plain", words.calling(entry.target));
    case "dial_progress":
      return entry.progress === "ringing"
        ? mark("calls", "plain", words.rings)
        : mark("calls", "plain", ...words.networkPlays);
    case "dial_answered":
      return mark("calls", "good", words.somebodyAnswered);
    case "dial_failed":
      return mark("cross", "bad", words.notReached, failureInWords(entry.failure));
    case "answered_by":
      return mark("calls", "plain", words.answeredBy, words.answerers[entry.who]);
    case "voicemail_tone":
      return mark("voice", "plain", words.mailboxTone);
    case "conversation_reported":
      return mark("voice", "plain", words.conversationReported(providerName(entry.provider)), entry.report.summary ?? "");
    case "answered":
      return mark("calls", "good", words.answered);
    case "leg_joined":
      return mark("leg", "plain", words.legJoined, `${lineWords[entry.leg_kind]}, ${entry.rate} Hz`);
    case "leg_left":
      return mark("leg", entry.how === "broken" ? "bad" : "plain", words.legLeft, words.legEnds[entry.how]);
    case "leg_misconfigured":
      return mark("cross", "bad", words.legMisconfigured, entry.finding);
    case "assistant_ready":
      return mark("voice", "plain", words.assistantReady, providerName(entry.provider));
    case "assistant_failed":
      return mark("cross", "bad", words.assistantFailed, entry.reason);
    case "assistant_interrupted":
      return mark("wait", "bad", words.assistantInterrupted, entry.reason);
    case "assistant_restored":
      return mark("voice", "good", words.assistantRestored, words.after(shortLength(entry.away_ms)));
    case "assistant_replaced":
      return mark("voice", "bad", words.assistantReplaced, words.providerFailures[entry.failure]);
    case "assistant_tried":
      return mark("wait", "plain", words.assistantTried, words.attempt(number(entry.attempt)));
    case "assistant_returned":
      return mark("voice", "good", words.assistantReturned, words.after(shortLength(entry.away_ms)));
    case "assistant_given_up":
      return mark("cross", "bad", words.assistantGivenUp, words.providerFailures[entry.failure]);
    case "cost_cap_reached":
      return mark("voice", "plain", words.costCapReached, words.voiceNumber(number(entry.place + 1)));
    case "dtmf":
      return mark("key", "plain", words.key(entry.digit));
    case "key_pressed":
      return mark("key", "mark", words.keyDoes(entry.digits), actionInWords(entry.action));
    case "barge_in":
      return mark("cut", "mark", words.bargeIn, words.heardUntil(shortLength(entry.heard_ms)));
    case "message_taken":
      return result(mark("record", "good", words.messageTaken, words.long(shortLength(entry.to_ms - entry.from_ms))), "/inbox");
    case "lead_created":
      return result(mark("leads", "good", words.told.lead_created), `/leads/${entry.lead_id}`);
    case "appointment_booked":
    case "appointment_moved":
      return result(mark("appointments", "good", words.told[entry.kind]), `/appointments?open=${entry.appointment_id}`);
    case "appointment_cancelled":
      return result(mark("appointments", "bad", words.told.appointment_cancelled), `/appointments?open=${entry.appointment_id}`);
    case "notice_given":
      return mark("voice", "good", words.noticeHeard, words.version(String(entry.version)));
    case "silence_prompted":
      return mark("wait", "plain", words.silencePrompted);
    case "person_asked":
      return mark("voice", "plain", words.personAsked);
    case "say_asked":
      return mark("voice", "plain", words.sayAsked, entry.text);
    case "dtmf_asked":
      return mark("key", "plain", words.keysAsked, entry.digits.join(""));
    case "interrupted":
      return mark("wait", "bad", ...words.interrupted);
    case "returning":
      return mark("wait", "plain", ...words.returning);
    case "resumed":
      return mark("calls", "good", words.resumed, words.after(shortLength(entry.away_ms)));
    case "control_attached":
      return mark("leg", "plain", words.control, linkInWords(entry.link));
    case "control_lost":
      return mark("leg", "bad", words.controlLost, `${linkInWords(entry.link)}: ${entry.reason}`);
    case "mode_changed":
      return mark("leg", "plain", words.modeChanged, words.modes[entry.mode]);
    case "held":
      return mark("wait", "plain", ...words.held);
    case "channel_gone":
      return mark("cross", "plain", words.channelGone);
    case "unheld":
      return mark("wait", "plain", words.unheld);
    case "hold_began":
      return mark("wait", "mark", words.onHold);
    case "hold_ended":
      return mark("wait", "good", words.offHold, words.after(shortLength(entry.held_ms)));
    case "hold_asked":
      return mark("wait", "plain", words.holdAsked);
    case "unhold_asked":
      return mark("wait", "plain", words.unholdAsked);
    case "park_asked":
      return mark("wait", "plain", words.parkAsked);
    case "parked":
      return mark("wait", "mark", words.parked, words.parkedAt(entry.space));
    case "park_ended":
      return mark("wait", "good", words.takenBack, words.after(shortLength(entry.parked_ms)));
    case "variables_asked":
      return mark("dot", "plain", words.variablesSet, Object.keys(entry.variables).join(", "));
    case "person_recording_began":
      return mark("record", "mark", words.switchRecords);
    case "person_recording_ended":
      return mark("record", "plain", words.switchRecordsNoMore);
    case "transfer_asked":
      return mark("calls", "plain", words.transferAsked, words.to(entry.target));
    case "handoff_asked":
      return mark("calls", "plain", words.handoffAsked, words.to(entry.target));
    case "transfer_requested":
      return mark("calls", "mark", words.transferTo(entry.target));
    case "handoff_requested":
    case "agent_requested":
      return mark("calls", "mark", words.handoffTo(entry.target), entry.reason);
    case "desk_ringing":
      return mark("calls", "plain", words.deskRinging);
    case "offer_passed":
      return mark("calls", "plain", words.offerPassed, failureInWords(entry.failure));
    case "desk_accepted":
      return mark("calls", "plain", words.deskAccepted);
    case "desk_failed":
      return mark("calls", "plain", words.deskFailed, failureInWords(entry.failure));
    case "callback_noted":
      return result(mark("calls", "mark", words.callbackNoted, entry.phone), "/inbox");
    case "queue_entered":
      return mark("wait", "plain", words.queueEntered, entry.overflowed ? failureInWords(entry.overflowed) : "");
    case "queue_placed":
      return mark("wait", "plain", words.queuePlace(number(entry.position)));
    case "agent_asked": {
      const [title, detail] = requestInWords(entry);
      return mark("person", "plain", title, detail);
    }
    case "agent_joined":
      return mark("calls", "good", words.agentJoined);
    case "agent_left":
      return mark("calls", "plain", words.agentLeft, words.agentEnds[entry.how]);
    case "supervisor_joined":
      return mark("person", "mark", words.supervisorJoined, words.supervises[entry.mode]);
    case "supervision_changed":
      return mark("person", "plain", words.supervisionChanged, words.supervises[entry.mode]);
    case "supervisor_left":
      return mark("person", "plain", words.supervisorLeft, words.supervisionEnds[entry.how]);
    case "supervisor_asked":
      if (entry.wish === "hint") return mark("person", "mark", words.hinted, entry.text);
      return mark("person", "plain", words.supervisorAsked[entry.wish]);
    case "passed_on":
      return mark("calls", "mark", words.passedOn(entry.target), entry.note);
    case "consult_began":
      return mark("person", "mark", ...words.consultBegan(entry.target));
    case "colleague_joined":
      return mark("person", "good", ...words.colleagueJoined);
    case "phone_told":
      if (entry.phone === "put_down") return mark("calls", "plain", words.phoneDown);
      if (entry.phone === "failed") return mark("calls", "plain", words.phoneFailed, failureInWords(entry.failure));
      return mark("calls", "plain", entry.phone === "rings" ? words.phoneRings : words.phoneAnswered);
    case "outsider_answered":
      return mark("person", "good", ...words.outsiderAnswered(entry.target));
    case "outsider_joined":
      return mark("person", "good", words.outsiderJoined(entry.target));
    case "outsider_left":
      return mark("person", "plain", words.outsiderLeft(entry.target));
    case "consult_ended":
      return entry.end.how === "not_reached"
        ? mark("person", "bad", words.noColleague, failureInWords(entry.end.failure))
        : mark("person", "plain", words.consultEnds[entry.end.how]);
    case "whispered":
      return mark("person", "plain", words.whispered, entry.text);
    case "handed_back":
      return mark("calls", "mark", words.handedBack, entry.note);
    case "handoff_ringing":
      return mark("calls", "plain", words.phoneRings);
    case "handoff_bridged":
      return mark("calls", "good", words.personTookOver);
    case "handoff_abandoned":
      return mark("cross", "bad", words.nobodyTookOver, inSentence(failureInWords(entry.failure)));
    case "caller_returned":
      return mark("calls", "plain", ...words.callerReturned);
    case "recording_failed":
      return mark("record", "bad", words.recordingStopped, entry.reason);
    case "recording_lost":
      return mark("record", "bad", words.recordingLost, shortLength(entry.lost_ms));
    case "hangup":
      return mark("end", "plain", words.hangupAsked, words.by[entry.by]);
    case "step_panicked":
      return mark("cross", "bad", words.stepFailed, entry.message);
    case "effect_failed":
      return mark("cross", "bad", words.effectFailed, entry.reason);
    case "reborn":
      return mark("cross", "bad", words.reborn);
    case "ended":
      return mark("end", "plain", words.ended, causeInWords({ hangup_cause: entry.cause, hangup_by: entry.by, failure: null }));
    default: {
      // A kind without a text fails the type check; a server that is newer than this page has further kinds.
      const known: string | undefined = words.told[entry.kind];
      return mark("dot", "plain", known ?? asWords(entry.kind));
    }
  }
}

/** The row as a result of the call, with its page. */
function result(mark: Mark, href: string): Mark {
  return { ...mark, href };
}

function actionInWords(action: KeyAction): string {
  switch (action.action) {
    case "transfer_call":
    case "request_handoff":
      return words.actions[action.action](action.target);
    case "say":
      return words.actions.say(action.text);
    default:
      return words.actions[action.action];
  }
}

/** An agent's command at their desk: its name, and details. */
function requestInWords(request: AgentRequest): [string, string] {
  const { wishes } = words;
  switch (request.wish) {
    case "send_dtmf":
      return [wishes.send_dtmf, request.digits];
    case "hand_back":
      return [wishes.hand_back, request.note];
    case "transfer":
      return [wishes.transfer(request.target), request.note];
    case "consult":
      return [wishes.consult(request.target), ""];
    default:
      return [wishes[request.wish], ""];
  }
}

function linkInWords(link: ControlLink): string {
  return link.via === "outbound" ? words.links.outbound : words.links.inbound;
}
