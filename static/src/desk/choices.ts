// The lists from which an agent chooses: wrap-up codes, and reasons to be away. Of the desk's messages only a snapshot has them. They are read by
// requests of their own, because the rest of a snapshot need not be sent for them.
import { get, Problem } from "../api/client";
import { follow } from "../api/changes";
import type { Disposition, Page, PresenceReason } from "../api/model";
import { desk } from "./store";

/** The pause before lists that could not be read are requested again, in ms. */
const AGAIN_MS = 5_000;

/** Reads the lists now, since they may have changed before this code was loaded, and whenever one of them has changed, until the returned function is
 * called. After a lost connection, and when the page is shown again, the desk's snapshot has them. */
export function followChoices(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  let isReading = false;
  let isDue = false;
  const read = async () => {
    const before = desk.peek();
    const [dispositions, reasons] = await Promise.all([
      get<Page<Disposition>>("/api/v1/dispositions"),
      get<Page<PresenceReason>>("/api/v1/presence-reasons"),
    ]);
    const now = desk.peek();
    if (isOver || now === null) return;
    // A snapshot that came meanwhile may have newer lists, or older ones if it was on its way before a change.
    if (now.dispositions !== before?.dispositions) isDue = true;
    else desk.value = { ...now, dispositions: dispositions.items, reasons: reasons.items };
  };
  const renew = async () => {
    isDue = true;
    if (isReading) return;
    isReading = true;
    clearTimeout(timer);
    try {
      while (isDue && !isOver) {
        isDue = false;
        await read();
      }
    } catch (fault) {
      const isRefused = fault instanceof Problem && fault.status >= 400 && fault.status < 500;
      if (!isOver && !isRefused) timer = setTimeout(() => void renew(), AGAIN_MS);
    } finally {
      isReading = false;
    }
  };
  // First the subscription, then the lists: a change in between is reported, and they are read once more.
  const stop = follow((changed) => {
    if (changed?.what === "disposition" || changed?.what === "presence_reason") void renew();
  });
  void renew();
  return () => {
    isOver = true;
    clearTimeout(timer);
    stop();
  };
}
