// A visitor's call: what is known of it, and what they can do.
import { signal } from "@preact/signals";
import { change, messageOf, Problem } from "../api/client";
import { AudioLine } from "../audio/line";
import { NoMicrophone } from "../audio/microphone";
import type { CallerStand, SaidLine } from "../audio/socket";

/** Where the call stands. */
export type Stand =
  | { at: "idle" }
  | { at: "asking" }
  | { at: "connecting" }
  | { at: "talking" }
  | { at: "reconnecting" }
  | { at: "over"; words: string }
  | { at: "failed"; words: string; isLinkOff: boolean };

/** Before the server says anything else. */
const ALONE: CallerStand = { stand: "assistant" };
/** Lines that are shown; older ones go. */
const LINES_MAX = 200;

/** The call. */
export const stand = signal<Stand>({ at: "idle" });
/** With whom the visitor is. */
export const company = signal<CallerStand>(ALONE);
/** What both sides have said, in order. */
export const lines = signal<SaidLine[]>([]);
/** Whether anything is heard now. */
export const isSpeaking = signal(false);
/** How loud both are, 0 to 1. */
export const ownLevel = signal(0);
export const earLevel = signal(0);
export const isMuted = signal(false);
/** Whether the microphone went away during the call. */
export const isUnplugged = signal(false);

/** How long somebody counts as speaking after their last sound: the pauses between two words are shorter. */
const PAUSE_MS = 600;

let line: AudioLine | null = null;
let heardAt = 0;

/** Begins a call over this link. To be called in answer to a click. */
export async function talk(token: string): Promise<void> {
  if (["asking", "connecting", "talking", "reconnecting"].includes(stand.value.at)) return;
  isMuted.value = false;
  isUnplugged.value = false;
  company.value = ALONE;
  lines.value = [];
  stand.value = { at: "asking" };
  try {
    line = await AudioLine.open(() => begin(token), {
      onConnecting: () => (stand.value = { at: "connecting" }),
      onReady: () => (stand.value = { at: "talking" }),
      onStand: (now) => (company.value = now),
      onLine: said,
      onBroken: () => (stand.value = { at: "reconnecting" }),
      onOver: (_, words) => end(words),
      onOwnLevel: (level) => (ownLevel.value = level),
      onEarLevel: heard,
      onUnplugged: () => (isUnplugged.value = true),
    });
  } catch (fault) {
    stand.value = failure(fault);
  }
}

async function begin(link: string): Promise<string> {
  const begun = await change<{ token: string }>("POST", `/api/v1/talk/${encodeURIComponent(link)}/calls`);
  if (!begun) throw new Error("The server has begun no call.");
  return begun.token;
}

/** Presses a key. */
export function press(digit: string): void {
  line?.press(digit);
}

/** Sends silence in place of the microphone, or the microphone again. */
export function setMuted(on: boolean): void {
  isMuted.value = on;
  line?.mute(on);
}

/** Hangs up. */
export function hangUp(): void {
  line?.bye();
  end("You have hung up.");
}

function end(words: string): void {
  line = null;
  isSpeaking.value = false;
  ownLevel.value = 0;
  earLevel.value = 0;
  stand.value = { at: "over", words };
}

/** A connection that has come back tells the newest lines once more. */
function said(line: SaidLine): void {
  const others = lines.value.filter(({ number }) => number !== line.number);
  lines.value = [...others, line].sort((one, other) => one.number - other.number).slice(-LINES_MAX);
}

function heard(level: number, isEmpty: boolean): void {
  earLevel.value = level;
  if (level > 0) heardAt = performance.now();
  isSpeaking.value = level > 0 || (!isEmpty && performance.now() - heardAt < PAUSE_MS);
}

function failure(fault: unknown): Stand {
  if (fault instanceof NoMicrophone) return { at: "failed", words: fault.message, isLinkOff: false };
  if (fault instanceof Problem && fault.status === 404) {
    return { at: "failed", words: "This link is switched off. Ask whoever gave it to you for another one.", isLinkOff: true };
  }
  return { at: "failed", words: messageOf(fault), isLinkOff: false };
}

// Who leaves the page hangs up; else the server would wait for them to come back.
addEventListener("pagehide", () => line?.bye());
