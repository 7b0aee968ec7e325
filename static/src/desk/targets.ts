// The possible targets of a transfer: colleagues with an extension, queues, other extensions, and numbers.
import type { AgentCall, AgentNow, DeskQueue, Extension } from "../api/model";
import type { IconName } from "../app/icons";
import { dialled } from "../words/phone";
import { doing, intentIcon, intentWords } from "./presence";
import { desk } from "./store";
import { w } from "./words/parts";

/** A person, or the agents of a queue. */
export interface Target {
  kind: "colleague" | "queue" | "phone";
  /** The extension, the queue's name, or a number. */
  name: string;
  /** Its name for people. */
  title: string;
  icon: IconName;
  /** Its current state. */
  words: string;
  isFree: boolean;
  /** A warning if nobody may answer; otherwise empty. */
  caution: string;
}

/** All targets: available agents first, then those with a phone and no desk. Neither the agent nor the parties of the call are included. */
export function targets(call: AgentCall, listed: readonly Extension[]): Target[] {
  const now = desk.value;
  if (!now) return [];
  const here = [now.me, ...call.others];
  const colleagues = now.agents.filter(({ user_id }) => !here.includes(user_id)).flatMap(colleague);
  const queues = now.queues.map((queue) => queueTarget(queue, now.agents.filter((agent) => agent.is_free && agent.user_id !== now.me)));
  const inOrder = (one: Target, other: Target) =>
    Number(other.isFree) - Number(one.isFree) || one.title.localeCompare(other.title);
  const isAtDesk = (name: string) => now.agents.some(({ extension }) => extension === name) || now.queues.some((queue) => queue.name === name);
  const isHere = (name: string) => call.outsiders.includes(name);
  const phones = listed.filter(({ name }) => !isAtDesk(name) && !isHere(name)).map(({ name, title }) => phone(name, title || name, w.transfer.rings));
  return [...colleagues.sort(inOrder), ...queues.sort(inOrder), ...phones];
}

/** The targets whose name contains the query; a number can be called as well. Whether it may be dialled is decided by the server. */
export function found(all: readonly Target[], query: string): Target[] {
  const wanted = query.trim().toLowerCase();
  const those = all.filter(({ title, name }) => `${title} ${name}`.toLowerCase().includes(wanted));
  // People write numbers in groups.
  const number = dialled(wanted);
  const isNew = isNumber(number) && !those.some(({ name }) => name === number);
  return isNew ? [...those, phone(number, number, w.transfer.callThis)] : those;
}

/** The target that was chosen. */
export function targetNamed(all: readonly Target[], name: string | null): Target | undefined {
  return all.find((target) => target.name === name) ?? (name !== null && isNumber(name) ? phone(name, name, w.transfer.callThis) : undefined);
}

function isNumber(text: string): boolean {
  return /^\+?\d{2,24}$/.test(text);
}

function phone(name: string, title: string, words: string): Target {
  return { kind: "phone", name, title, icon: "calls", words, isFree: true, caution: "" };
}

function colleague(agent: AgentNow): Target[] {
  const { extension, name: title, presence } = agent;
  if (extension === null) return [];
  const busy = doing(agent);
  const words = busy === "" ? intentWords(presence) : w.transfer.stands(intentWords(presence), busy);
  const caution =
    presence.intent === "offline"
      ? w.transfer.notThere(title)
      : presence.intent === "away"
        ? w.transfer.isAway(title)
        : agent.is_free
          ? ""
          : w.transfer.isBusy(title);
  return [{ kind: "colleague", name: extension, title, icon: intentIcon(presence), words, isFree: agent.is_free, caution }];
}

function queueTarget({ name, title, members, waiting }: DeskQueue, free: AgentNow[]): Target {
  const ready = free.filter(({ user_id }) => members.includes(user_id)).length;
  const words = w.transfer.queue(ready, waiting);
  const called = title || name;
  const caution = ready === 0 ? w.transfer.noneFree(called) : "";
  return { kind: "queue", name, title: called, icon: "person", words, isFree: ready > 0, caution };
}

