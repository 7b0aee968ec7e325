// The agent's telephone in this browser: who has signed in, how it stands, and what the desk has to do with it.
import { effect, signal, untracked } from "@preact/signals";
import { messageOf } from "../../api/client";
import { me } from "../../api/me";
import { openMicrophone } from "../../audio/microphone";
import { isMuted } from "../acts";
import { calls } from "../store";
import { forgetAccount, type SipAccount } from "./account";
import type { JsSipPhone, PhoneState } from "./jssip-phone";

/** Only one window of a browser registers: the switch would ring the newest alone. */
const LOCK = "cordboard.softphone";

/** How it stands; `elsewhere`: another window of this browser is the telephone. */
export const standing = signal<PhoneState | "off" | "elsewhere">("off");
/** Why the switch refuses it, in its words; empty where user or password are wrong, null where it does not refuse. */
export const refusal = signal<string | null>(null);
/** Why it can't be used, in words: the microphone, or its code; empty where it can. */
export const fault = signal("");
/** The caller, as the switch names them. */
export const calling = signal("");
/** How loud the other side is, 0 to 1. */
export const earLevel = signal(0);

let phone: JsSipPhone | null = null;
/** Whether the call that rings was answered because the agent had taken it at the desk: once, because the microphone may be refused. */
let isAnswered = false;
/** Stops it, and lets another window be the telephone. */
let stop: () => void = () => undefined;

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

/** Leaves the switch, and ends the call that there is. */
export function signOut(): void {
  stop();
  phone = null;
  standing.value = "off";
  earLevel.value = 0;
}

/** Takes the call that rings. */
export async function answer(): Promise<void> {
  fault.value = "";
  try {
    const microphone = await openMicrophone();
    if (!phone?.answer(microphone)) for (const track of microphone.getTracks()) track.stop();
  } catch (reason) {
    fault.value = messageOf(reason);
  }
}

/** Does not take it. */
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

/** A call that the agent has taken at the desk, or begun there, is answered as it rings: they have said so already. Mute of the desk is mute
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
