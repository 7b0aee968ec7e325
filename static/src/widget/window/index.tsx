// The window that the widget's first click loads, and its call.
import { effect } from "@preact/signals";
import { render } from "preact";
import type { Launcher } from "../launcher/launcher";
import { Conversation } from "./conversation";
import { STYLE } from "./style";
import { isInWindow, trap } from "./trap";
import { Window } from "./window";

/** Puts the window over the button; the returned function opens and closes it, while a call continues. Without a token it is a preview, and makes no
 * request. `identity` is who the visitor is, as the site has signed it; empty if it says nothing. */
export function openWidget(launcher: Launcher, token: string | null, identity: () => string = () => ""): () => void {
  const { root, panel, button } = launcher;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const talk = new Conversation(token, identity);
  panel.hidden = true;
  effect(() => {
    const look = talk.link.value?.widget;
    if (look) launcher.wear({ ...look, accent: look.accent ?? null });
  });
  /** Whether the focus is on the close button only because there was nothing else; the focus of a visitor who has moved there stays. */
  let isStopgap = false;
  const enter = () => {
    const first = panel.querySelector<HTMLElement>("[data-first]");
    (first ?? panel.querySelector<HTMLElement>(".close"))?.focus();
    isStopgap = first === null;
  };
  panel.addEventListener("focusout", () => (isStopgap = false));
  const show = (isOpen: boolean) => {
    const hadFocus = isInWindow(root, panel);
    panel.hidden = !isOpen;
    launcher.show({ isOpen, isLive: talk.isLive.peek() });
    if (isOpen) {
      enter();
      void talk.look();
    } else if (hadFocus) button.focus();
  };
  // The focused element may have been removed with the part before; the current part is rendered in a moment.
  effect(() => {
    void [talk.call.stand.value, talk.call.isSuspended.value, talk.link.value, talk.refusal.value];
    setTimeout(() => {
      const at = root.activeElement;
      const isLost = at === null && document.activeElement === document.body;
      if (!panel.hidden && (isLost || isStopgap)) enter();
    }, 0);
  });
  effect(() => launcher.show({ isOpen: !panel.hidden, isLive: talk.isLive.value }));
  render(<Window talk={talk} onClose={() => show(false)} />, panel);
  if (token !== null) trap(root, panel, () => show(false));
  return () => show(panel.hidden);
}
