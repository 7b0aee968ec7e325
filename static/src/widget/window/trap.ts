// The keyboard in the widget's window: Tab stays in it while it is open, Esc closes it, and the page does not receive what is typed there.
import { isComposing } from "./composing";

const ABLE = "button:not([disabled]), textarea:not([disabled]), [tabindex='0']";

/** Whether the focus is in the window. */
export const isInWindow = (root: ShadowRoot, panel: HTMLElement): boolean => panel.contains(root.activeElement);

/** Keeps the focus among the window's elements, in a cycle. Esc calls `close`. */
export function trap(root: ShadowRoot, panel: HTMLElement, close: () => void): void {
  // The site would see keys on an ordinary element, not in a field: its shortcuts would take each letter of a message.
  for (const kind of ["keydown", "keypress", "keyup"]) panel.addEventListener(kind, (event) => event.stopPropagation());
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !isComposing(event)) {
      close();
      return;
    }
    if (event.key !== "Tab") return;
    const able = [...panel.querySelectorAll<HTMLElement>(ABLE)].filter((one) => one.offsetParent !== null);
    const [first, last] = [able[0], able.at(-1)];
    const [from, to] = event.shiftKey ? [first, last] : [last, first];
    if (to && (root.activeElement === from || !isInWindow(root, panel))) {
      event.preventDefault();
      to.focus();
    }
  });
}
