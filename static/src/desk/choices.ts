// The lists from which an agent chooses: wrap-up codes, and reasons to be away. Only a snapshot has them, so one is requested when they change.
import { follow } from "../api/changes";
import { ask } from "./store";

/** Requests a snapshot whenever one of the lists has changed, until the returned function is called. After a lost connection, and when the page is
 * shown again, the desk gets one anyway. */
export function followChoices(): () => void {
  return follow((changed) => {
    const isList = changed?.what === "disposition" || changed?.what === "presence_reason";
    if (isList) void ask({ command: "snapshot" }).catch(() => null);
  });
}
