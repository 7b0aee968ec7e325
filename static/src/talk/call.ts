// A visitor's call over a talk link.
import { computed, signal } from "@preact/signals";
import { change, messageOf, Problem } from "../api/client";
import { NoMicrophone } from "../audio/microphone";
import { WebCall, type WebStand } from "../audio/web-call";
import { w } from "./words";

/** The state of the call. */
export type Stand = Exclude<WebStand, { at: "failed" }> | { at: "failed"; words: string; isLinkOff: boolean };

let link: string | null = null;
const call = new WebCall(
  () => w.stands.hungUp,
  () => link,
);

/** The call. */
export const stand = computed<Stand>(() => (call.stand.value.at === "failed" ? failure(call.stand.value.fault) : call.stand.value));
export const { company, lines, isSpeaking, isSuspended, ownLevel, earLevel, isMuted, isUnplugged, since } = call;

/** Why a disconnected microphone could not be replaced; otherwise empty. */
export const mishap = signal("");

/** Resumes the call on this link that the page had just before it was reloaded, if there was one. */
export function goOn(token: string, byWebrtc: boolean): Promise<void> {
  link = token;
  return call.comeBack(byWebrtc);
}

/** Begins a call on this link. Must be called in answer to a click. */
export function talk(token: string, byWebrtc: boolean): Promise<void> {
  link = token;
  mishap.value = "";
  return call.begin(() => begin(token), byWebrtc);
}

async function begin(link: string): Promise<string> {
  const path = `/api/v1/talk/${encodeURIComponent(link)}/calls`;
  identity = takeIdentity() || identity;
  try {
    const begun = await change<{ token: string }>("POST", path, identity === "" ? undefined : { identity });
    if (!begun) throw new Error(w.noCall);
    return begun.token;
  } catch (fault) {
    // The next call begins without it.
    if (isOfIdentity(fault)) identity = "";
    throw fault;
  }
}

/** The visitor's identity, as a website has signed it; empty if there is none, or none that the server accepts. */
let identity = takeIdentity();

/** The identity that a website has put into the address: `#identity=...`. It is removed, because the address may be passed to somebody else. */
function takeIdentity(): string {
  const behind = new URLSearchParams(location.hash.slice(1));
  const found = behind.get("identity") ?? "";
  if (found !== "") history.replaceState(history.state, "", location.pathname + location.search);
  return found;
}

const isOfIdentity = (fault: unknown): fault is Problem => fault instanceof Problem && fault.code.startsWith("identity_");

/** Presses a key. */
export function press(digit: string): void {
  call.press(digit);
}

/** Sends silence instead of the microphone, or the microphone again. */
export function setMuted(on: boolean): void {
  call.mute(on);
}

/** Replaces a microphone that was disconnected. */
export async function useMicrophone(): Promise<void> {
  try {
    await call.useMicrophone();
    mishap.value = "";
  } catch (fault) {
    mishap.value = messageOf(fault);
  }
}

/** Hangs up. */
export function hangUp(): void {
  call.hangUp();
}

function failure(fault: unknown): Stand {
  if (fault instanceof NoMicrophone) return { at: "failed", words: fault.message, isLinkOff: false };
  if (fault instanceof Problem && fault.status === 404) {
    return { at: "failed", words: w.linkOff, isLinkOff: true };
  }
  if (isOfIdentity(fault)) {
    return { at: "failed", words: fault.code === "identity_expired" ? w.identityExpired : w.identityRefused, isLinkOff: false };
  }
  return { at: "failed", words: messageOf(fault), isLinkOff: false };
}
