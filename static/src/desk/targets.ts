// To whom a caller can be passed on: colleagues who have an extension, and queues.
import type { AgentCall, AgentNow, DeskQueue } from "../api/model";
import type { IconName } from "../app/icons";
import { doing, intentIcon, intentWords } from "./presence";
import { desk } from "./store";

/** Somebody, or those of a queue. */
export interface Target {
  kind: "colleague" | "queue";
  /** The extension, or the queue's name. */
  name: string;
  /** As people call them. */
  title: string;
  icon: IconName;
  /** How they are now. */
  words: string;
  isFree: boolean;
  /** What is to be expected, where nobody may answer; else empty. */
  caution: string;
}

/** Everybody, those who are free first. The agent is not among them, nor who is in the call. */
export function targets(call: AgentCall): Target[] {
  const now = desk.value;
  if (!now) return [];
  const here = [now.me, ...call.others];
  const colleagues = now.agents.filter(({ user_id }) => !here.includes(user_id)).flatMap(colleague);
  const queues = now.queues.map((queue) => queueTarget(queue, now.agents.filter((agent) => agent.is_free && agent.user_id !== now.me)));
  const inOrder = (one: Target, other: Target) =>
    Number(other.isFree) - Number(one.isFree) || one.title.localeCompare(other.title);
  return [...colleagues.sort(inOrder), ...queues.sort(inOrder)];
}

/** Those whose name has this in it. */
export function found(all: readonly Target[], query: string): Target[] {
  const wanted = query.trim().toLowerCase();
  return all.filter(({ title, name }) => `${title} ${name}`.toLowerCase().includes(wanted));
}

function colleague(agent: AgentNow): Target[] {
  const { extension, name: title, presence } = agent;
  if (extension === null) return [];
  const busy = doing(agent);
  const words = busy === "" ? intentWords(presence) : `${intentWords(presence)}, ${busy.toLowerCase()}`;
  const caution =
    presence.intent === "offline"
      ? `${title} is not there: nobody will answer.`
      : presence.intent === "away"
        ? `${title} is away and is offered no call.`
        : agent.is_free
          ? ""
          : `${title} is busy and is offered no call.`;
  return [{ kind: "colleague", name: extension, title, icon: intentIcon(presence), words, isFree: agent.is_free, caution }];
}

function queueTarget({ name, title, members, waiting }: DeskQueue, free: AgentNow[]): Target {
  const ready = free.filter(({ user_id }) => members.includes(user_id)).length;
  const words = `${ready === 0 ? "nobody" : ready} free, ${waiting === 0 ? "nobody" : waiting} waiting`;
  const called = title || name;
  const caution = ready === 0 ? `Nobody of ${called} is free: the caller waits.` : "";
  return { kind: "queue", name, title: called, icon: "person", words, isFree: ready > 0, caution };
}

