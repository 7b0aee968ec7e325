// The agent's telephone in this browser: the account, its state, and its connection with the desk.
import { effect, signal, untracked } from "@preact/signals";
import { messageOf } from "../../api/client";
import { me } from "../../api/me";
import { hasEnded, session } from "../../api/session";
import { openMicrophone, whenUnplugged } from "../../audio/microphone";
import { isMuted } from "../acts";
import { calls } from "../store";
import { forgetAccount, type SipAccount } from "./account";
import type { JsSipPhone, PhoneState } from "./jssip-phone";

/** Only one window of a browser registers: the switch would ring only the newest. */
const LOCK = "cordboard.softphone";

/** Its state; `elsewhere`: another window of this browser is the telephone. */
export const standing = signal<PhoneState | "off" | "elsewhere">("off");
/** Why the switch refuses it, in its words; empty if user or password are wrong, null if it does not refuse. */
export const refusal = signal<string | null>(null);
/** Why it can't be used, as text: the microphone, or its code; empty if it can. */
export const fault = signal("");
/** The caller's name from the switch. */
export const calling = signal("");
/** The level of the other side, 0 to 1. */
export const earLevel = signal(0);

let phone: JsSipPhone | null = null;
/** Whether the ringing call was answered because the agent had accepted it at the desk. This happens once, because the microphone may be refused. */
let isAnswered = false;
/** Counts the calls that were answered here. */
let answered = 0;
/** Stops it, and lets another window be the telephone. */
let stop: () => void = () => undefined;

// If the agent has signed out, here or in another window, nobody would answer here. A conversation continues to its end.
effect(() => {
  const isInUse = (session.value !== null && !hasEnded.value) || standing.value === "talking";
  if (!isInUse && standing.value !== "off") untracked(signOut);
});

/** Registers with this account, once no other window of the browser is registered. */
export function signIn(account: SipAccount): void {
  signOut();
  refusal.value = null;
  fault.value = "";
  standing.value = "elsewhere";
  const over = new AbortController();
  stop = () => over.abort();
  const { signal: isOver } = over;
  const ended = new Promise<void>((done) => isOver.addEventListener("abort", () => done()));
  const register = async () => {
    await start(account, isOver);
    await ended;
  };
  const turn = navigator.locks ? navigator.locks.request(LOCK, { signal: isOver }, register) : register();
  turn.catch((reason: unknown) => {
    if (isOver.aborted) return;
    signOut();
    fault.value = messageOf(reason);
  });
}

/** Unregisters, and ends the current call. */
export function signOut(): void {
  stop();
  phone = null;
  standing.value = "off";
  earLevel.value = 0;
}

/** Answers the ringing call. */
export async function answer(): Promise<void> {
  fault.value = "";
  try {
    const microphone = await openMicrophone();
    const now = phone;
    if (!now?.answer(microphone)) return giveBack(microphone);
    answered += 1;
    keepsHearing(now, microphone, answered);
  } catch (reason) {
    fault.value = messageOf(reason);
  }
}

/** A microphone that is disconnected during the call is replaced by another one: otherwise the caller hears nothing, and nobody learns of it. */
function keepsHearing(of: JsSipPhone, microphone: MediaStream, call: number): void {
  whenUnplugged(microphone, () => void replaceMicrophone(of, call));
}

/** Without another microphone the agent is told why, and the next one that is connected is used. */
async function replaceMicrophone(of: JsSipPhone, call: number): Promise<void> {
  if (of !== phone || call !== answered || standing.peek() !== "talking") return;
  try {
    const microphone = await openMicrophone();
    if (!of.replaceMicrophone(microphone)) return giveBack(microphone);
    fault.value = "";
    keepsHearing(of, microphone, call);
  } catch (reason) {
    fault.value = messageOf(reason);
    navigator.mediaDevices.addEventListener("devicechange", () => void replaceMicrophone(of, call), { once: true });
  }
}

function giveBack(microphone: MediaStream): void {
  for (const track of microphone.getTracks()) track.stop();
}

/** Rejects it. */
export function reject(): void {
  phone?.reject();
}

async function start(account: SipAccount, isOver: AbortSignal): Promise<void> {
  const place = me.peek()?.softphone;
  if (!place || isOver.aborted) return;
  standing.value = "connecting";
  const { JsSipPhone: Phone } = await import("./jssip-phone");
  if (isOver.aborted) return;
  const made = new Phone(
    { ...place, ...account },
    {
      onState: (state, caller) => {
        if (isOver.aborted) return;
        if (state !== "ringing") isAnswered = false;
        standing.value = state;
        calling.value = caller;
      },
      onRefused: (isAccount, words) => {
        if (isOver.aborted) return;
        signOut();
        if (isAccount) forgetAccount();
        refusal.value = isAccount ? "" : words;
      },
      onLevel: (level) => {
        earLevel.value = level;
      },
    },
  );
  phone = made;
  const unfollow = effect(followDesk);
  const leave = () => made.stop();
  addEventListener("pagehide", leave);
  isOver.addEventListener("abort", () => {
    removeEventListener("pagehide", leave);
    unfollow();
    made.stop();
  });
}

/** A call that the agent has accepted or begun at the desk is answered when it rings, because they have already decided. Mute on the desk mutes
 * here. */
function followDesk(): void {
  const onPhone = calls.value.filter(({ audio }) => audio === "phone");
  const isExpected = onPhone.some(({ state }) => state === "connecting" || state === "dialling");
  const isSilent = onPhone.some(({ call_id, is_muted }) => isMuted(call_id, is_muted));
  const { value } = standing;
  untracked(() => {
    if (value === "ringing" && isExpected && !isAnswered) {
      isAnswered = true;
      void answer();
    }
    if (value === "talking") phone?.mute(isSilent);
  });
}
