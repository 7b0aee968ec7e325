// The desk of who has one, on every page: its code is loaded once it is known that they do.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pauseMs } from "../api/connection";
import { may, me } from "../api/me";
import { Icon } from "./icons";

type DeskCode = typeof import("../desk/frame");

const code = signal<DeskCode | null>(null);
/** How often the code was asked for in vain. */
const failed = signal(0);

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
  if (!hasDesk()) return null;
  if (value) return <value.DeskNotices />;
  return failed.value > 0 ? <NotLoaded /> : null;
}

/** What lies over the page. */
export function DeskOverlay() {
  const isTheirs = hasDesk() === true;
  useEffect(() => {
    if (isTheirs && !code.value) return loadDesk();
  }, [isTheirs]);
  const { value } = code;
  return value && isTheirs ? <value.DeskFrame /> : null;
}

/** Who has a desk must know that nothing rings on this tab. Browsers that remember a failed module need a new page. */
function NotLoaded() {
  return (
    <div class="notice" role="alert">
      <p>
        <Icon name="cross" />
        Your desk could not be loaded, so no call rings on this tab. It is being tried again.
      </p>
      <button type="button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </div>
  );
}

/** Asks for the code until it comes or the returned function is called: a line that breaks at the wrong moment costs no
 * agent their desk. */
function loadDesk(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;
  const attempt = () => {
    clearTimeout(timer);
    import("../desk/frame").then(
      (loaded) => {
        code.value = loaded;
      },
      () => {
        if (over) return;
        failed.value += 1;
        timer = setTimeout(attempt, pauseMs(failed.value));
      },
    );
  };
  addEventListener("online", attempt);
  attempt();
  return () => {
    over = true;
    clearTimeout(timer);
    removeEventListener("online", attempt);
  };
}
