// The agent's state in a call that they share with colleagues: as text, and what can't be done in the meantime.
import type { AgentCall, Consult, DeskOffer } from "../api/model";
import { LaterCode } from "../app/later-code";
import { standWords } from "./shape";
import { agentOf, desk, isLive, queueTitle } from "./store";
import { w } from "./words";

/** Parts below the buttons of a call, after it, and to begin one: loaded when there is a call, or once the page is there. */
export const callParts = new LaterCode(() => import("./call-parts"));

/** Why a call is offered. */
export const reasonOf = ({ reason }: DeskOffer): string => callParts.code.value?.reasonInWords(reason) ?? reason;

/** A colleague's name. */
export function nameOfAgent(userId: string): string {
  return agentOf(userId)?.name ?? w.colleague;
}

/** Other parties who talk with the caller, on phones as well. */
export function othersIn({ others, outsiders }: AgentCall): string {
  return [...others.map(nameOfAgent), ...outsiders].join(", ");
}

/** The party that is consulted: by their name, or by the queue's until an agent of it has answered. */
export function askedIn(consult: Pick<Consult, "target" | "with">): string {
  if (consult.with !== null) return nameOfAgent(consult.with);
  const now = desk.value;
  const agent = now?.agents.find(({ extension }) => extension === consult.target);
  const queue = now?.queues.find(({ name }) => name === consult.target);
  return agent?.name ?? (queueTitle(queue?.id ?? null) || consult.target);
}

/** Whether this desk's agent started the consultation. */
export function asks({ consult }: AgentCall): boolean {
  return consult !== null && consult.by === desk.value?.me;
}

/** The agent's state in a call. */
export function standOf(call: AgentCall): (typeof standWords)[AgentCall["state"]] {
  const { consult, state } = call;
  const plain = standWords[state];
  if (consult && state === "consulted") return { ...plain, word: w.stands.asksYou(nameOfAgent(consult.by)) };
  if (!consult || state !== "held" || !asks(call)) return plain;
  const word = consult.is_there ? w.stands.withWhom(askedIn(consult)) : w.stands.asking(askedIn(consult));
  return { word, icon: "person", tone: consult.is_there ? "live" : "held" };
}

/** Whether others stay with the caller when the agent leaves. */
export function leavesToOthers(call: AgentCall): boolean {
  return call.state === "consulted" || (call.talks_since !== null && othersIn(call) !== "");
}

/** Why something can't be done with a call now, as text; empty if it can. The server refuses the same. */
export function whyNot(call: AgentCall, what: "hang_up" | "hand_back" | "other"): string {
  return isLive.value ? whyNotIn(call, what) : w.whyNot.reconnecting;
}

/** Whether a part that is unfolded for this stays there. Text that was typed outlives the moment in which the server or the caller is away; until
 * then it can't be sent. */
export function staysUnfolded(call: AgentCall, what: "hand_back" | "other"): boolean {
  return call.state === "caller_lost" || whyNotIn(call, what) === "";
}

/** Like [`whyNot`], as far as it depends on the call and not on the connection. */
export function whyNotIn(call: AgentCall, what: "hang_up" | "hand_back" | "other"): string {
  const { consult, state } = call;
  const others = othersIn(call);
  if (asks(call)) return w.whyNot.asking(consult ? askedIn(consult) : "");
  if (what === "hang_up") return "";
  if (consult && state !== "connecting") {
    const by = nameOfAgent(consult.by);
    return state === "consulted" ? w.whyNot.askedYou(by) : w.whyNot.askedOther(by);
  }
  if (call.colleague || state === "dialling") return w.whyNot.colleague;
  switch (state) {
    case "connecting":
      return w.whyNot.connecting(consult ? nameOfAgent(consult.by) : w.whyNot.theCaller);
    case "briefed":
      return w.whyNot.briefed;
    case "caller_lost":
      return w.whyNot.callerLost;
    default:
      if (what !== "hand_back" || others === "") return "";
      return w.whyNot.others(others, call.others.length + call.outsiders.length);
  }
}
