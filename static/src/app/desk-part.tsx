// The desk of who has one, on every page: its code is loaded once it is known that they do.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { may, me } from "../api/me";

type DeskCode = typeof import("../desk/frame");

const code = signal<DeskCode | null>(null);

/** Whether who is signed in has a desk; null until that is known. A program's token has none. */
export function hasDesk(): boolean | null {
  const isAllowed = may("desk_use");
  return isAllowed === null ? null : isAllowed && me.value?.user != null;
}

/** The presence menu, for the bar. */
export function DeskBar() {
  const { value } = code;
  return value && hasDesk() ? <value.PresenceMenu /> : null;
}

/** What is told above the page. */
export function DeskHead() {
  const { value } = code;
  return value && hasDesk() ? <value.DeskNotices /> : null;
}

/** What lies over the page. */
export function DeskOverlay() {
  const isTheirs = hasDesk() === true;
  useEffect(() => {
    if (isTheirs && !code.value) void import("../desk/frame").then((loaded) => (code.value = loaded));
  }, [isTheirs]);
  const { value } = code;
  return value && isTheirs ? <value.DeskFrame /> : null;
}
