// How an offered call is announced beyond its card: the title, the icon, a notification, and a notice when it is gone. The same for a call that was
// accepted automatically, which has no card.
import { computed, effect, signal, untracked } from "@preact/signals";
import { urgent } from "../app/title";
import { go } from "../app/router";
import { nameOn } from "./people";
import { reasonOf } from "./standing";
import type { Gone } from "./state";
import { accepted, calls, desk, gone, queueTitle } from "./store";
import { w } from "./words";

/** How long the reason why a card is gone is shown. */
const TOLD_MS = 8_000;

/** Whether this browser may notify of calls while another window is in front. */
export const mayNotify = signal(typeof Notification === "undefined" ? "unsupported" : Notification.permission);

/** Requests the permission. Must be called in answer to a click. */
export async function askToNotify(): Promise<void> {
  if (typeof Notification !== "undefined") mayNotify.value = await Notification.requestPermission();
}

/** The announcement for screen readers when a call comes in: of the newest one, or of one that was accepted automatically as long as the agent has
 * it. */
export const announced = computed(() => {
  const offer = desk.value?.offers.at(-1);
  if (!offer) {
    const { value: callId } = accepted;
    return callId !== null && calls.value.some(({ call_id }) => call_id === callId) ? w.ringing.begun(nameOn(callId)) : "";
  }
  const queue = queueTitle(offer.queue_id);
  return w.ringing.announced(nameOn(offer.call_id), queue, reasonOf(offer));
});

/** Why the last card is gone, as text; null if there is nothing to say. */
export const goneWords = signal<string | null>(null);

/** Announces ringing calls until the returned function is called. */
export function followRinging(): () => void {
  let notification: Notification | null = null;
  const offered = computed(() => desk.value?.offers.at(-1)?.call_id ?? null);
  const stops = [
    effect(() => {
      const count = desk.value?.offers.length ?? 0;
      urgent.value = count === 0 ? "" : w.ringing.title(count);
    }),
    effect(() => {
      const callId = offered.value;
      notification?.close();
      notification = callId === null ? null : untracked(() => notified(callId));
      if (callId !== null) goneWords.value = null;
    }),
    effect(() => {
      const { value: callId } = accepted;
      if (callId !== null) void sounds(callId);
    }),
    effect(() => {
      const { value } = gone;
      if (!value) return;
      const words = untracked(() => wordsOf(value));
      goneWords.value = words;
      if (words !== null) setTimeout(() => goneWords.peek() === words && (goneWords.value = null), TOLD_MS);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    notification?.close();
    urgent.value = "";
    goneWords.value = null;
  };
}

function wordsOf({ offer, why, takenBy }: Gone): string | null {
  const name = nameOn(offer.call_id);
  switch (why) {
    case "accepted":
      return null;
    case "declined":
      return w.offered.declined(name);
    case "taken_by":
      return takenBy ? w.offered.takenBy(takenBy, name) : w.offered.taken(name);
    case "missed":
      return w.offered.missed(name);
    case "withdrawn":
      return w.offered.withdrawn(name);
    case "unknown":
      return w.offered.unknown(name);
  }
}

/** Plays the tone of a call that has begun, in only one of a browser's windows. */
async function sounds(callId: string): Promise<void> {
  const code = await import("./tone").catch(() => null);
  const play = async () => code?.playTone();
  if (navigator.locks) await navigator.locks.request(`cordboard.tone.${callId}`, { ifAvailable: true }, (lock) => (lock ? play() : undefined));
  else await play();
}

/** A system notification, if it is allowed and the page is not in front. */
function notified(callId: string): Notification | null {
  if (mayNotify.value !== "granted" || !document.hidden) return null;
  try {
    const note = new Notification(w.ringing.from(nameOn(callId)), { tag: "cordboard-incoming", requireInteraction: true });
    note.onclick = () => {
      window.focus();
      go("/desk");
      note.close();
    };
    return note;
  } catch {
    // Some browsers have the interface and can't show it.
    return null;
  }
}
