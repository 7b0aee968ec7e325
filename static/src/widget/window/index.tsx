// The window that the widget's first click loads, and the call behind it.
import { effect } from "@preact/signals";
import { render } from "preact";
import type { Launcher } from "../launcher/launcher";
import { Conversation } from "./conversation";
import { STYLE } from "./style";
import { isInWindow, trap } from "./trap";
import { Window } from "./window";

/** Puts the window over the button; what it answers opens it and closes it, and a call goes on behind. Without a token it is a preview, and
 * asks nobody for anything. `identity` is who the visitor is, as the site has signed it; empty where it says nothing. */
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
  /** Whether the focus is on the button that closes the window because there was nothing else; a visitor who has gone there stays. */
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
  // The focused element may be gone with the part before; the present part is drawn in a moment.
  effect(() => {
    void [talk.call.stand.value, talk.link.value, talk.refusal.value];
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
