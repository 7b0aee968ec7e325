// The part that is unfolded below the buttons of a call.
import { signal } from "@preact/signals";

/** A part of the controls. */
export type Part = "keypad" | "transfer" | "hand_back";

/** The one that is unfolded. */
export const unfolded = signal<Part | null>(null);

/** The button that unfolds the transfer: it has the focus again when that is gone. */
export const TRANSFER_BUTTON = "desk-transfer";

/** Folds a part out, or in again. */
export function fold(part: Part): void {
  unfolded.value = unfolded.value === part ? null : part;
}

/** Moves the focus from a part that is removed to the button that opened it. */
export function focusBack(part: HTMLElement | null): void {
  if (part?.contains(document.activeElement)) document.getElementById(TRANSFER_BUTTON)?.focus();
}
