// The current address. Every address is a page of the server's, too: a reload shows the same.
import { signal } from "@preact/signals";
import { leaving, unsaved } from "./leaving";

/** Path and query of the page. */
export const path = signal(location.pathname);
export const query = signal(location.search);

/** Whether the page was gone to from another one of ours, and not loaded. */
let hasMoved = false;

/** Whether the page was gone to from another one of ours: then the browser has not told readers where they are. */
export function arrived(): boolean {
  return hasMoved;
}

/** Scroll position of the page when it was left, to be restored once its content is there. */
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

/** Goes to an address of ours. */
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

/** To be called by a page when its content is there. */
export function restoreScroll(): void {
  if (wantedScroll === null) return;
  const top = wantedScroll;
  wantedScroll = null;
  requestAnimationFrame(() => scrollTo(0, top));
}

/** Takes over clicks on links to our pages. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname.startsWith("/api/") || link.hash) return;
  event.preventDefault();
  leaving(() => go(link.pathname + link.search));
}

/** The sign-in page that leads back here. */
export function loginPath(): string {
  const here = location.pathname + location.search;
  return here === "/" || location.pathname === "/login" ? "/login" : `/login?next=${encodeURIComponent(here)}`;
}

/** Target after signing in: only a page of ours, whatever the address says; if it says nothing, "/". */
export function afterLogin(search: string): string {
  const next = new URLSearchParams(search).get("next") ?? "";
  const url = next.startsWith("/") ? new URL(next, location.origin) : null;
  return url?.origin === location.origin && url.pathname !== "/login" ? url.pathname + url.search : "/";
}
