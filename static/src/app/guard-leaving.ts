// Guards a page with unsaved changes: the browser asks before it leaves, and a step back asks as our links do. Only forms need it, so it is not part
// of the code that every page loads first.
import { useLayoutEffect } from "preact/hooks";
import { leaving, unsaved } from "./leaving";
import { path, query } from "./router";

/** Whether the next step back was confirmed. */
let isAgreed = false;

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** The browser has gone back before the user could be asked: the address is restored, and the step is repeated once the user confirms it. */
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

/** Guards the page until the returned function is called. */
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

/** Guards the page while `holds` is true. It takes effect at once, so that a step back right after a key stroke finds the page guarded. */
export function useHeldPage(holds: boolean): void {
  useLayoutEffect(() => (holds ? guardLeaving() : undefined), [holds]);
}
