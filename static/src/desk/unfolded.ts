// The part that is unfolded below the buttons of a call.
import { signal } from "@preact/signals";

/** A part of the controls. */
export type Part = "keypad" | "transfer" | "hand_back";

/** The unfolded part. */
export const unfolded = signal<Part | null>(null);

/** The button that unfolds the transfer: it gets the focus back when the transfer is closed. */
export const TRANSFER_BUTTON = "desk-transfer";

/** The button that unfolds the hand-back, likewise. */
export const HAND_BACK_BUTTON = "desk-hand-back";

/** Unfolds a part, or folds it again. */
export function fold(part: Part): void {
  unfolded.value = unfolded.value === part ? null : part;
}

/** Moves the focus from a part that is removed to the button that opened it. */
export function focusBack(part: HTMLElement | null, opener = TRANSFER_BUTTON): void {
  if (part?.contains(document.activeElement)) document.getElementById(opener)?.focus();
}
