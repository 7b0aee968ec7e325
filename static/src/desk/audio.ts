// The audio of the agent's calls in this browser: one voice for each call.
import { effect, signal, untracked } from "@preact/signals";
import { Voice } from "./voice";
import { accepted, calls, mine } from "./store";

/** By the call's id. */
export const voices = signal<ReadonlyMap<string, Voice>>(new Map());

/** This window's audio will serve the call that is about to be accepted. `isBegun`: an agent has begun the call, which rings no desk phone. */
export function claimAudio(callId: string, isBegun = false): void {
  if ((mine.peek()?.audio !== "browser" && !isBegun) || voices.peek().has(callId)) return;
  voices.value = new Map(voices.peek()).set(callId, new Voice(callId, "claimed"));
}

/** The call was not accepted. */
export function releaseAudio(callId: string): void {
  const voice = voices.peek().get(callId);
  if (voice && !voice.wasSeen) forget(voice);
}

/** Mutes the agent in a call, at once. */
export function muteAudio(callId: string, on: boolean): void {
  voices.peek().get(callId)?.mute(on);
}

/** Connects the audio to each of the agent's calls until the returned function is called. */
export function followAudio(isMuted: (callId: string, onServer: boolean) => boolean): () => void {
  const stop = effect(() => {
    const now = calls.value.filter(({ audio }) => audio === "browser");
    untracked(() => {
      for (const voice of voices.value.values()) {
        if (voice.wasSeen && !now.some(({ call_id }) => call_id === voice.callId)) forget(voice);
      }
      for (const call of now) {
        let voice = voices.value.get(call.call_id);
        if (!voice) {
          // No window has a click to react to: the audio of such a call is requested here, at once.
          voice = new Voice(call.call_id, accepted.peek() === call.call_id ? "claimed" : "seen");
          voices.value = new Map(voices.value).set(call.call_id, voice);
        }
        voice.seen(call, isMuted(call.call_id, call.is_muted));
      }
    });
  });
  return () => {
    stop();
    for (const voice of voices.peek().values()) forget(voice);
  };
}

function forget(voice: Voice): void {
  voice.end();
  const rest = new Map(voices.peek());
  rest.delete(voice.callId);
  voices.value = rest;
}
