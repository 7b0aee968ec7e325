// Whether keys go into a field, or to what has the focus.

/** Whether who types there writes a text. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Whether something has the focus that takes the Enter key itself. */
export function takesEnter(target: EventTarget | null): boolean {
  return isTyping(target) || (target instanceof Element && target.closest("button, a, summary, dialog") !== null);
}
