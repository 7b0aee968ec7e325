// Whether keys go into a field, or to the focused element.

/** Whether the user types text there. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** Whether the focused element handles the Enter key itself. */
export function takesEnter(target: EventTarget | null): boolean {
  return isTyping(target) || (target instanceof Element && target.closest("button, a, summary, dialog") !== null);
}
