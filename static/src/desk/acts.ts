// An agent's actions on calls: more than one command if one depends on the other.
import { effect, signal } from "@preact/signals";
import { messageOf } from "../api/client";
import type { AgentCall, DeskOffer } from "../api/model";
import { tell } from "../app/toasts";
import { claimAudio, muteAudio, releaseAudio } from "./audio";
import { DeskFault } from "./socket";
import { whyNot } from "./standing";
import { act, ask, calls, desk, gone } from "./store";

/** By then the news has come of what became of an offer that could not be accepted, in ms. */
const NEWS_MS = 1_000;

/** Mute is the only thing that shows before the server has confirmed it. */
const requestedMute = signal<{ callId: string; isMuted: boolean } | null>(null);

/** The call that the page shows: chosen by the agent, otherwise the most urgent one. */
export const chosen = signal<string | null>(null);

/** The call that was accepted or resumed last: if the agent would talk in two at once, the other one is put on hold. */
export const wanted = signal<string | null>(null);

/** Whether the agent is muted in this call; `onServer` is the server's state. */
export function isMuted(callId: string, onServer: boolean): boolean {
  return requestedMute.value?.callId === callId ? requestedMute.value.isMuted : onServer;
}

/** Offers that are being accepted: the server has not confirmed it yet. */
const taking = new Set<number>();

/** Whether this offer is being accepted. */
export const isTaking = ({ id }: DeskOffer): boolean => taking.has(id);

/** Accepts an offered call. A call in which the agent talks is put on hold first: none is dropped. */
export async function accept(offer: DeskOffer): Promise<void> {
  if (isTaking(offer)) return;
  taking.add(offer.id);
  await take(offer).finally(() => taking.delete(offer.id));
}

async function take(offer: DeskOffer): Promise<void> {
  // This window's audio serves the call, not that of another window in which the desk is open too.
  claimAudio(offer.call_id, !!offer.by);
  const before = calls.peek().find(({ state }) => state === "talking");
  wanted.value = offer.call_id;
  const isHeld = await holdOthers(null);
  if (!isHeld) return releaseAudio(offer.call_id);
  try {
    await ask({ command: "accept", offer_id: offer.id });
    chosen.value = offer.call_id;
  } catch (fault) {
    tell(messageOf(fault));
    releaseAudio(offer.call_id);
    const isElsewhere = fault instanceof DeskFault && fault.kind === "offer_gone" && (await isTakenElsewhere(offer));
    // If the call was not accepted, the caller who was put on hold for it is resumed.
    if (before && !isElsewhere) await act({ command: "unhold", call_id: before.call_id });
  }
}

/** Whether another window of this agent has accepted the offer, so that they talk there. The news of it may come after the refusal. */
function isTakenElsewhere({ id, call_id }: DeskOffer): Promise<boolean> {
  const isOpen = () => desk.value?.offers.some((offer) => offer.id === id) ?? false;
  const isMine = () => calls.peek().some((call) => call.call_id === call_id);
  const wasAccepted = () => gone.peek()?.offer.id === id && gone.peek()?.why === "accepted";
  return new Promise((resolve) => {
    let stop: () => void = () => undefined;
    const done = () => {
      clearTimeout(timer);
      stop();
      resolve(isMine() || wasAccepted());
    };
    const timer = setTimeout(done, NEWS_MS);
    stop = effect(() => {
      // Not within the effect that it stops.
      if (!isOpen()) queueMicrotask(done);
    });
  });
}

/** Declines an offer. */
export async function decline(offer: DeskOffer): Promise<void> {
  await act({ command: "decline", offer_id: offer.id });
}


/** Calls with a command whose answer has not come yet: the second press of a double click would only be refused. */
const pressed = new Set<string>();

async function once(callId: string, work: () => Promise<unknown>): Promise<void> {
  if (pressed.has(callId)) return;
  pressed.add(callId);
  await work().finally(() => pressed.delete(callId));
}

/** Puts the caller on hold. */
export function hold({ call_id }: AgentCall): Promise<void> {
  return once(call_id, () => act({ command: "hold", call_id }));
}

/** Resumes a call, and puts on hold the one in which the agent talked in the meantime. */
export function resume({ call_id }: AgentCall): Promise<void> {
  return once(call_id, async () => {
    wanted.value = call_id;
    if (await holdOthers(call_id)) await act({ command: "unhold", call_id });
  });
}

/** Whether the agent takes part, so that they can be muted: the server refuses it before. */
export const takesPart = ({ state }: AgentCall): boolean => state !== "connecting" && state !== "briefed";

/** Mutes or unmutes the agent: at once in this browser, then at the server. */
export async function setMuted(call: AgentCall, on: boolean): Promise<void> {
  if (!takesPart(call)) return;
  const request = { callId: call.call_id, isMuted: on };
  requestedMute.value = request;
  muteAudio(call.call_id, on);
  const isDone = await act({ command: on ? "mute" : "unmute", call_id: call.call_id });
  if (requestedMute.value !== request) return;
  if (!isDone) {
    requestedMute.value = null;
    muteAudio(call.call_id, call.is_muted);
  }
}

/** Ends the call, also while it is being put on hold. */
export function hangUp({ call_id }: AgentCall): Promise<void> {
  return once(`end ${call_id}`, () => act({ command: "hang_up", call_id }));
}

/** Called with the server's state of the calls: clears requests that are fulfilled, or whose call is gone. */
export function settle(now: readonly AgentCall[]): void {
  const request = requestedMute.peek();
  const call = now.find(({ call_id }) => call_id === request?.callId);
  if (request && (!call || call.is_muted === request.isMuted)) requestedMute.value = null;
}

/** Puts every caller with whom the agent talks on hold, except this one. Returns whether all are held now. */
async function holdOthers(but: string | null): Promise<boolean> {
  const others = calls.peek().filter(({ call_id }) => call_id !== but);
  const asked = others.find(({ consult, state }) => consult && state !== "connecting");
  if (asked) {
    tell(whyNot(asked, "other"));
    return false;
  }
  const talked = others.filter(({ state }) => state === "talking");
  const held = await Promise.all(talked.map(({ call_id }) => act({ command: "hold", call_id })));
  return held.every(Boolean);
}
