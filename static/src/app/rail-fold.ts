// Whether the rail is folded to its icons. It is on pages to work on and in narrow windows; on pages to read it shows names. A user's choice in this
// browser overrides that.
import { computed, signal } from "@preact/signals";
import { path } from "./router";

/** The main use of a page, or that the window is narrow. */
type Use = "work" | "read" | "narrow";

const KEY = "cordboard.rail";
const WORK = /^\/(desk|leads|studio\/.+)$/;

const narrow = matchMedia("(max-width: 1100px)");
const isNarrow = signal(narrow.matches);
narrow.addEventListener("change", () => {
  isNarrow.value = narrow.matches;
});

const use = computed<Use>(() => (isNarrow.value ? "narrow" : WORK.test(path.value) ? "work" : "read"));

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
export const isFolded = computed(() => chosen.value[use.value] ?? use.value !== "read");

/** Folds or unfolds it, on this page and similar ones. */
export function toggleRail(): void {
  chosen.value = { ...chosen.value, [use.value]: !isFolded.value };
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen.value));
  } catch {
    // A browser without storage keeps it until the page is left.
  }
}
