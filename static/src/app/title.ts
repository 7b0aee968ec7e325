// The page's title and its icon: what the page is, and what is more urgent than that.
import { effect, signal } from "@preact/signals";

/** Made by build.mjs: where the icon with a badge is. */
declare const BADGED_ICON: string;

/** Title of the page. */
export const pageTitle = signal("");
/** A more urgent title, as `(1) Ringing`; empty where there is none. The icon has a badge meanwhile. */
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
