// The keyboard shortcuts of the desk, in one table from which the sheet is made as well.
import { signal } from "@preact/signals";
import { accept, decline, hangUp, hold, isMuted, isTaking, resume, setMuted } from "./acts";
import type { DeskOffer } from "../api/model";
import { tell } from "../app/toasts";
import { keyCall, shownCall, step } from "./selection";
import { callParts, whyNot } from "./standing";
import { desk, isLive } from "./store";
import { isTyping, takesEnter } from "./typing";
import { fold, type Part } from "./unfolded";
import { shown } from "./window";
import type { Words } from "./words/parts/en";

/** A binding. */
export interface Bound {
  /** Its action: the sheet has the text. */
  what: keyof Words["sheet"]["acts"];
  /** The single key, as `KeyboardEvent.key` has it; several if they are equivalent. */
  single: string[];
  /** The label in the sheet. */
  label: string;
  /** The letter with Ctrl and Shift that does the same; none if the browser reserves every fitting one. */
  letter?: string;
  /** Its scope: every page, or only the desk. */
  where: "everywhere" | "desk";
  /** Runs it; false if there is nothing to do, and the key is left to others. */
  run: (key: string) => boolean;
}

/** The element that the key for notes focuses. */
export const NOTE_FIELD = "desk-note";

/** The storage key for whether single keys are on. */
const KEY = "cordboard.single_keys";

/** Whether single keys are bound. Those with Ctrl and Shift always are. */
export const singleKeys = signal(stored());
/** Whether the sheet is open. */
export const sheet = signal(false);

/** Acts on the call that has been ringing longest. */
function withOffer(run: (offer: DeskOffer) => Promise<void>): boolean {
  const offer = desk.value?.offers.find((offered) => !isTaking(offered));
  if (!offer || !isLive.value) return false;
  void run(offer);
  return true;
}

/** Acts on the call that is shown. */
function withCall(run: (call: NonNullable<typeof keyCall.value>) => void): boolean {
  const call = keyCall.value;
  if (!call || !isLive.value) return false;
  run(call);
  return true;
}

/** The same if it is allowed; otherwise the user is told why not. */
function withFree(what: Parameters<typeof whyNot>[1], run: (call: NonNullable<typeof keyCall.value>) => void): boolean {
  return withCall((call) => {
    const why = whyNot(call, what);
    if (why === "") run(call);
    else tell(why);
  });
}

/** Unfolds or folds a part of the controls; only for a call in which that can be used. */
function folds(part: Part): boolean {
  return withFree(part === "hand_back" ? part : "other", () => fold(part));
}

/** All bindings. */
export const bound: Bound[] = [
  {
    what: "accept",
    single: ["Enter"],
    label: "Enter",
    letter: "A",
    where: "everywhere",
    run: () => withOffer(accept),
  },
  {
    what: "decline",
    single: [],
    label: "",
    letter: "D",
    where: "everywhere",
    run: () => withOffer(decline),
  },
  {
    what: "mute",
    single: ["m"],
    label: "M",
    letter: "M",
    where: "desk",
    run: () => withCall((call) => void setMuted(call, !isMuted(call.call_id, call.is_muted))),
  },
  {
    what: "hold",
    single: ["h"],
    label: "H",
    letter: "H",
    where: "desk",
    run: () => withFree("other", (call) => void (call.state === "held" ? resume(call) : hold(call))),
  },
  { what: "keypad", single: ["p"], label: "P", letter: "K", where: "desk", run: () => folds("keypad") },
  { what: "transfer", single: ["t"], label: "T", letter: "F", where: "desk", run: () => folds("transfer") },
  { what: "handBack", single: ["b"], label: "B", letter: "B", where: "desk", run: () => folds("hand_back") },
  {
    what: "hangUp",
    single: ["X"],
    label: "Shift+X",
    letter: "X",
    where: "desk",
    run: () => withFree("hang_up", (call) => void hangUp(call)),
  },
  {
    what: "customer",
    single: ["i"],
    label: "I",
    letter: "U",
    where: "desk",
    run: () =>
      withCall(({ call_id }) => {
        shown.value = shown.value === call_id ? null : call_id;
      }),
  },
  {
    what: "note",
    single: ["n"],
    label: "N",
    letter: "E",
    where: "desk",
    run: () => {
      const field = document.getElementById(NOTE_FIELD);
      field?.focus();
      return field !== null;
    },
  },
  {
    what: "disposition",
    single: ["1", "2", "3", "4", "5", "6", "7", "8", "9"],
    label: "1 to 9",
    where: "desk",
    run: (key) => {
      const { value } = shownCall;
      return value?.at === "wrap_up" && (callParts.code.value?.chooseByKey(value.id, Number(key)) ?? false);
    },
  },
  { what: "next", single: ["j"], label: "J", letter: "S", where: "desk", run: () => stepped(1) },
  { what: "before", single: ["k"], label: "K", letter: "Y", where: "desk", run: () => stepped(-1) },
  {
    what: "keys",
    single: ["?"],
    label: "?",
    letter: "L",
    where: "everywhere",
    run: () => {
      sheet.value = !sheet.value;
      return true;
    },
  },
];

function stepped(by: 1 | -1): boolean {
  step(by);
  return shownCall.value !== null;
}

/** Handles keys until the returned function is called; `isOnDesk` returns whether the desk's page is open. */
export function followKeys(isOnDesk: () => boolean): () => void {
  const pressed = (event: KeyboardEvent) => {
    const one = boundTo(event);
    if (!one || (one.where === "desk" && !isOnDesk())) return;
    // An open dialog handles its own keys.
    if (document.querySelector("dialog[open]") && one.what !== "keys") return;
    if (one.run(event.key)) event.preventDefault();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

/** The binding of a key, unless text is being typed. */
function boundTo(event: KeyboardEvent): Bound | undefined {
  if (event.defaultPrevented || event.repeat || event.altKey || event.metaKey) return undefined;
  if (event.ctrlKey) {
    return event.shiftKey ? bound.find(({ letter }) => letter === event.key.toUpperCase()) : undefined;
  }
  if (!singleKeys.value) return undefined;
  const { key, shiftKey } = event;
  // By Shift alone: with Caps Lock on, X would hang up.
  const pressed = key.length > 1 ? key : shiftKey ? key.toUpperCase() : key.toLowerCase();
  const taken = key === "Enter" ? takesEnter(event.target) : isTyping(event.target);
  return taken ? undefined : bound.find(({ single }) => single.includes(pressed));
}

/** Switches single keys on or off, for this browser. */
export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch {
    // A browser without storage keeps them until the page is left.
  }
}

function stored(): boolean {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}
