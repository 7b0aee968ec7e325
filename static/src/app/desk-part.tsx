// The desk of a user who has one, on every page. Its code is loaded once it is known that they do.
import { useEffect } from "preact/hooks";
import { may, me } from "../api/me";
import { Icon } from "./icons";
import { LaterCode } from "./later-code";
import { w } from "./words";

const desk = new LaterCode(() => import("../desk/frame"));

/** Whether the signed-in user has a desk; null until that is known. A program's token has none. */
export function hasDesk(): boolean | null {
  const isAllowed = may("desk_use");
  return isAllowed === null ? null : isAllowed && me.value?.user != null;
}

/** The presence menu, for the bar. */
export function DeskBar() {
  const { value } = desk.code;
  return value && hasDesk() ? <value.PresenceMenu /> : null;
}

/** Notices above the page. */
export function DeskHead() {
  const { value } = desk.code;
  if (!hasDesk()) return null;
  if (value) return <value.DeskNotices />;
  return desk.failed.value > 0 ? <NotLoaded /> : null;
}

/** The overlay of the page. */
export function DeskOverlay() {
  const isTheirs = hasDesk() === true;
  useEffect(() => {
    return isTheirs ? desk.ask() : undefined;
  }, [isTheirs]);
  const { value } = desk.code;
  return value && isTheirs ? <value.DeskFrame /> : null;
}

/** Warns an agent that nothing rings on this tab. Browsers that remember a failed module need a page reload. */
function NotLoaded() {
  return (
    <div class="notice" role="alert">
      <p>
        <Icon name="cross" />
        {w.failure.deskNotLoaded}
      </p>
      <button type="button" onClick={() => location.reload()}>
        {w.act.reload}
      </button>
    </div>
  );
}
