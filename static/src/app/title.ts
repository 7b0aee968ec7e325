// The page's title and its icon. A more urgent title can replace the page's own.
import { effect, signal } from "@preact/signals";

/** Set by build.mjs: the address of the icon with a badge. */
declare const BADGED_ICON: string;

/** The title of the page. */
export const pageTitle = signal("");
/** A more urgent title, such as `(1) Ringing`; empty if there is none. The icon has a badge while it is set. */
export const urgent = signal("");

effect(() => {
  const title = urgent.value || pageTitle.value;
  if (title !== "") document.title = `${title} — Cordboard`;
});

const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
const plainIcon = icon?.getAttribute("href") ?? "";

effect(() => {
  const wanted = urgent.value === "" ? plainIcon : BADGED_ICON;
  if (icon && icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
});
