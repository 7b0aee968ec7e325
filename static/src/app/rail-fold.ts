// Whether the rail is folded to its icons: on pages that are worked on it is, on those that are read it shows words, until somebody says
// otherwise in this browser.
import { computed, signal } from "@preact/signals";
import { path } from "./router";

/** What a page is mostly for. */
type Use = "work" | "read";

const KEY = "cordboard.rail";
const WORK = /^\/(desk|leads|studio\/.+)$/;

const use = computed<Use>(() => (WORK.test(path.value) ? "work" : "read"));

function stored(): Partial<Record<Use, boolean>> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Partial<Record<Use, boolean>>) : {};
  } catch {
    return {};
  }
}

const chosen = signal(stored());

/** Whether it is folded on this page. */
export const isFolded = computed(() => chosen.value[use.value] ?? use.value === "work");

/** Folds it or unfolds it, on this page and those like it. */
export function turnRail(): void {
  chosen.value = { ...chosen.value, [use.value]: !isFolded.value };
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen.value));
  } catch {
    // A browser that stores nothing keeps it until the page is left.
  }
}
