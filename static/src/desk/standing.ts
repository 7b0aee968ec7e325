// How an agent stands in a call that they share with colleagues: in words, and what can't be done meanwhile.
import type { AgentCall, Consult } from "../api/model";
import { LaterCode } from "../app/later-code";
import { standWords } from "./shape";
import { agentOf, desk, isLive, queueTitle } from "./store";

/** What is below the buttons of a call, and behind it, and what begins one: loaded where there is a call, or once the page stands. */
export const callParts = new LaterCode(() => import("./call-parts"));

/** A colleague's name. */
export function nameOfAgent(userId: string): string {
  return agentOf(userId)?.name ?? "A colleague";
}

/** Who else talks with the caller, on phones as well. */
export function othersIn({ others, outsiders }: AgentCall): string {
  return [...others.map(nameOfAgent), ...outsiders].join(", ");
}

/** Who is asked: by their name, or by that of the queue as long as nobody in it has answered. */
export function askedIn(consult: Pick<Consult, "target" | "with">): string {
  if (consult.with !== null) return nameOfAgent(consult.with);
  const now = desk.value;
  const agent = now?.agents.find(({ extension }) => extension === consult.target);
  const queue = now?.queues.find(({ name }) => name === consult.target);
  return agent?.name ?? (queueTitle(queue?.id ?? null) || consult.target);
}

/** Whether the agent of this desk asks. */
export function asks({ consult }: AgentCall): boolean {
  return consult !== null && consult.by === desk.value?.me;
}

/** How the agent stands in a call. */
export function standOf(call: AgentCall): (typeof standWords)[AgentCall["state"]] {
  const { consult, state } = call;
  const plain = standWords[state];
  if (consult && state === "consulted") return { ...plain, word: `${nameOfAgent(consult.by)} asks you` };
  if (!consult || state !== "held" || !asks(call)) return plain;
  const word = `${consult.is_there ? "With" : "Asking"} ${askedIn(consult)}`;
  return { word, icon: "person", tone: consult.is_there ? "live" : "held" };
}

/** Whether others have the caller when the agent leaves. */
export function leavesToOthers(call: AgentCall): boolean {
  return call.state === "consulted" || (call.talks_since !== null && othersIn(call) !== "");
}

/** Why something can't be done with a call now, in words; empty where it can. The server refuses the same. */
export function whyNot(call: AgentCall, what: "hang_up" | "hand_back" | "other"): string {
  if (!isLive.value) return "Reconnecting to the server: the buttons work again once it is back.";
  const { consult, state } = call;
  const others = othersIn(call);
  if (asks(call)) return `You are asking ${consult ? askedIn(consult) : ""}: join, complete or cancel that first.`;
  if (what === "hang_up") return "";
  if (consult && state !== "connecting") {
    const whom = state === "consulted" ? "you" : "a colleague";
    return `${nameOfAgent(consult.by)} asks ${whom} about the caller: you can mute yourself, or leave.`;
  }
  if (call.colleague || state === "dialling") return "You can mute yourself, and hang up.";
  switch (state) {
    case "connecting":
      return `${consult ? nameOfAgent(consult.by) : "The caller"} is told that you are coming: the buttons work once your sound is there.`;
    case "briefed":
      return "The assistant tells you who calls: the buttons work once you talk.";
    case "caller_lost":
      return "The caller’s connection is gone, and is waited for.";
    default:
      if (what !== "hand_back" || others === "") return "";
      return `${others} ${others.includes(",") ? "talk" : "talks"} with the caller as well: leave the caller to them.`;
  }
}
