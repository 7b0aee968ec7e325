// The current address. The server knows every address, too: a reload shows the same page.
import { signal } from "@preact/signals";
import { leaving, unsaved } from "./leaving";

/** The path of the page. */
export const path = signal(location.pathname);
export const query = signal(location.search);

/** Whether the user came to the page from another one of ours, without a page load. */
let hasMoved = false;

/** Whether the user came to the page from another one of ours: then the browser has not announced the page to screen readers. */
export function arrived(): boolean {
  return hasMoved;
}

/** The scroll position of the page when it was left, to be restored once its content is there. */
let wantedScroll: number | null = null;

history.scrollRestoration = "manual";
addEventListener("popstate", (event) => {
  if (unsaved.takesBack?.()) return;
  const state: unknown = event.state;
  const scrolled = typeof state === "object" && state !== null && "scroll" in state ? state.scroll : 0;
  wantedScroll = typeof scrolled === "number" ? scrolled : 0;
  read();
});

function read(): void {
  hasMoved ||= path.value !== location.pathname;
  path.value = location.pathname;
  query.value = location.search;
}

function rememberScroll(): void {
  history.replaceState({ scroll: scrollY }, "");
}

/** Goes to one of our addresses. */
export function go(href: string, how: "push" | "replace" = "push"): void {
  const leaves = new URL(href, location.href).pathname !== location.pathname;
  rememberScroll();
  if (how === "push") history.pushState(null, "", href);
  else history.replaceState(null, "", href);
  read();
  if (leaves) {
    wantedScroll = null;
    scrollTo(0, 0);
  }
}

/** A page calls this when its content is there. */
export function restoreScroll(): void {
  if (wantedScroll === null) return;
  const top = wantedScroll;
  wantedScroll = null;
  requestAnimationFrame(() => scrollTo(0, top));
}

/** Handles clicks on links to our pages. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || link.hash) return;
  event.preventDefault();
  leaving(() => go(link.pathname + link.search));
}

/** The sign-in page, with the way back here. */
export function loginPath(): string {
  const here = location.pathname + location.search;
  return here === "/" || location.pathname === "/login" ? "/login" : `/login?next=${encodeURIComponent(here)}`;
}

/** The destination after signing in: only a path of our pages, whatever the address says; "/" if it says nothing. Two slashes, which a browser also
 * reads in backslashes and around tabs, may begin another site. */
export function afterLogin(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  return /^(?![^?]*\/\/|\/login)\/[^\s\\]*$/.test(next) ? next : "/";
}
