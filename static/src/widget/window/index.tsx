// What the widget's first click loads: its window, and the call behind it.
import { effect } from "@preact/signals";
import { render } from "preact";
import type { Launcher } from "../launcher/launcher";
import type { Claim } from "../widget";
import { Conversation } from "./conversation";
import { STYLE } from "./style";
import { isInWindow, trap } from "./trap";
import { Window } from "./window";

/** Puts the window over the button; what it answers opens it and closes it, and a call goes on behind. Without a token it is a preview, and
 * asks nobody for anything. */
export function openWidget(launcher: Launcher, token: string | null, claim: Claim | null): () => void {
  const { root, panel, button } = launcher;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const talk = new Conversation(token, claim);
  panel.hidden = true;
  effect(() => {
    const look = talk.link.value?.widget;
    if (look) launcher.wear({ ...look, accent: look.accent ?? null });
  });
  const show = (isOpen: boolean) => {
    const hadFocus = isInWindow(root, panel);
    panel.hidden = !isOpen;
    launcher.show({ isOpen, isLive: talk.isLive.peek() });
    if (isOpen) {
      void talk.look();
      panel.querySelector<HTMLElement>("[data-first]")?.focus();
    } else if (hadFocus) button.focus();
  };
  effect(() => launcher.show({ isOpen: !panel.hidden, isLive: talk.isLive.value }));
  render(<Window talk={talk} onClose={() => show(false)} />, panel);
  if (token !== null) trap(root, panel, () => show(false));
  return () => show(panel.hidden);
}
