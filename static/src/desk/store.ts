// The desk of the signed-in user: one socket for all pages, and the state that it has reported.
import { batch, computed, signal } from "@preact/signals";
import type { Connection } from "../api/connection";
import type { AgentCall, AgentNow, DeskCommand, DeskMessage } from "../api/model";
import { noteServerTime, serverNow } from "../app/now";
import { isClaimed } from "../audio/claim";
import { tell } from "../app/toasts";
import { DeskFault, DeskSocket } from "./socket";
import { acceptedFor, type DeskNow, folded, type Gone, goneBy, presenceQuery } from "./state";
import { w } from "./words";

/** How many of the newest offered calls are remembered. */
const OFFERED_MAX = 50;

const socket = signal<DeskSocket | null>(null);

/** The server's state; null before its first snapshot. */
export const desk = signal<DeskNow | null>(null);
/** The state of the desk's connection; null if none is open. */
export const line = computed<Connection | null>(() => socket.value?.connection.value ?? null);
/** Whether commands can be sent. */
export const isLive = computed(() => line.value === "live");
/** The offer that ended last, to be shown for a moment. */
export const gone = signal<Gone | null>(null);
/** The newest call that was accepted automatically. */
export const accepted = signal<string | null>(null);

/** The agent whose desk it is. */
export const mine = computed<AgentNow | null>(() => agentOf(desk.value?.me) ?? null);
/** The agent's calls. */
export const calls = computed<AgentCall[]>(() => desk.value?.calls ?? []);
/** The call in which caller and agent hear each other, or will in a moment. */
export const talking = computed(() => calls.value.find(({ state }) => state !== "held") ?? null);

/** Opens the desk until the returned function is called. */
export function openDesk(): () => void {
  const offered = new Set<string>();
  const take = (message: DeskMessage) => {
    const before = desk.peek();
    const after = folded(before, message);
    for (const { call_id } of after?.offers ?? []) offered.add(call_id);
    for (const id of offered) if (offered.size > OFFERED_MAX) offered.delete(id);
    const callId = acceptedFor(before, after, offered);
    batch(() => {
      noteServerTime(message.at);
      gone.value = goneBy(before, message) ?? gone.peek();
      // If this page has taken a call over, its audio is here already.
      if (callId !== null && !isClaimed(callId)) accepted.value = callId;
      desk.value = after;
    });
  };
  const opened = new DeskSocket(take, () => presenceQuery(desk.peek()));
  socket.value = opened;
  return () => {
    opened.close();
    batch(() => {
      socket.value = null;
      desk.value = null;
      gone.value = null;
      accepted.value = null;
    });
  };
}

/** Sends a command, and resolves with its result. Throws a [`DeskFault`]. */
export async function ask(command: DeskCommand): Promise<unknown> {
  const { value } = socket;
  if (!value) throw new DeskFault("no_answer", w.faults.closed);
  return value.ask(command);
}

/** Sends a command; if it fails, a notice says why. Returns whether it succeeded. */
export async function act(command: DeskCommand): Promise<boolean> {
  try {
    await ask(command);
    return true;
  } catch (fault) {
    tell(fault instanceof Error ? fault.message : String(fault));
    return false;
  }
}

/** An agent by their id. */
export function agentOf(userId: string | null | undefined): AgentNow | undefined {
  return desk.value?.agents.find((agent) => agent.user_id === userId);
}

/** The name of a queue; empty if the call came through none. */
export function queueTitle(queueId: string | null): string {
  const queue = desk.value?.queues.find(({ id }) => id === queueId);
  return queue ? queue.title || queue.name : "";
}

/** Milliseconds since a time on the server's clock. */
export function sinceMs(at: string): number {
  return Math.max(0, serverNow.value - Date.parse(at));
}
