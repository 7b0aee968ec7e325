// Holds a page with changes that are not saved: the browser asks before it leaves, and a step back asks as links of ours do. Forms alone need it, so it
// is no part of the code that every page begins with.
import { useLayoutEffect } from "preact/hooks";
import { leaving, unsaved } from "./leaving";
import { path, query } from "./router";

/** Whether the next step back was agreed to. */
let isAgreed = false;

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** The browser has gone back before anybody could ask: the address comes back, and the step is gone once more when that is agreed to. */
function takesBack(): boolean {
  const stays = location.pathname === path.value && location.search === query.value;
  if (isAgreed || stays) {
    isAgreed = false;
    return false;
  }
  history.pushState(null, "", path.value + query.value);
  leaving(() => {
    isAgreed = true;
    history.back();
  });
  return true;
}

/** Holds the page until the returned function is called. */
function guardLeaving(): () => void {
  unsaved.count += 1;
  if (unsaved.count === 1) {
    isAgreed = false;
    unsaved.takesBack = takesBack;
    addEventListener("beforeunload", ask);
  }
  return () => {
    unsaved.count -= 1;
    if (unsaved.count > 0) return;
    delete unsaved.takesBack;
    removeEventListener("beforeunload", ask);
  };
}

/** Holds the page while there is something to hold: at once, so that a step back behind a key finds it held as it looks. */
export function useHeldPage(holds: boolean): void {
  useLayoutEffect(() => (holds ? guardLeaving() : undefined), [holds]);
}
