// The keyboard in the widget's window: Tab stays in it while it is open, and Esc closes it.

const ABLE = "button:not([disabled]), textarea:not([disabled]), [tabindex='0']";

/** Whether the focus is in the window. */
export const isInWindow = (root: ShadowRoot, panel: HTMLElement): boolean => panel.contains(root.activeElement);

/** Keeps the focus among what the window has, in turn. `close` is called by Esc. */
export function trap(root: ShadowRoot, panel: HTMLElement, close: () => void): void {
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
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
