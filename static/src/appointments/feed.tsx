// The calendar's address: a calendar program that subscribes to it shows the appointments.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import type { CalendarFeed } from "../api/model";
import { copy } from "../app/copy";
import { useHeldPage } from "../app/guard-leaving";
import { Icon } from "../app/icons";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { h } from "../house/words";
import { Sheet } from "../people/parts";
import { w } from "./words";

/** The dialog. */
export function Feed({ canWrite, onClose }: { canWrite: boolean; onClose: () => void }) {
  const [address, setAddress] = useState("");
  const [asks, setAsks] = useState<"new" | "end" | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const again = useRef<HTMLButtonElement>(null);
  useHeldPage(address !== "");
  // It is shown once: screen readers read it, and it can be copied at once.
  useEffect(() => field.current?.focus(), [address]);
  const make = async () => {
    try {
      const made = await change<CalendarFeed>("POST", "/api/v1/appointments/feed");
      if (made) setAddress(new URL(made.path, location.origin).href);
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const end = async () => {
    try {
      await change("DELETE", "/api/v1/appointments/feed");
      setAddress("");
      tell(w.feed.ended);
    } catch (fault) {
      tell(fault instanceof Problem && fault.status === 404 ? w.feed.none : messageOf(fault));
    }
  };
  return (
    <Sheet title={w.feed.title} onClose={onClose}>
      <div class="feed">
        <p>{w.feed.text}</p>
        {address !== "" && (
          <div class="field">
            <label for="feed-address">{w.feed.address}</label>
            <div class="with-button">
              <input ref={field} id="feed-address" readOnly value={address} onFocus={(event) => event.currentTarget.select()} />
              <button type="button" onClick={() => void copy(address)}>
                <Icon name="copy" />
                {frame.act.copy}
              </button>
            </div>
            <p class="hint">{w.feed.once}</p>
            <div class="acts">
              <button
                type="button"
                onClick={() => {
                  setAddress("");
                  again.current?.focus();
                }}
              >
                {h.kept}
              </button>
            </div>
          </div>
        )}
        {canWrite ? (
          <div class="acts">
            <button type="button" class="danger" onClick={() => setAsks("end")}>
              {w.feed.end}
            </button>
            <button ref={again} type="button" class={address === "" ? "primary" : ""} onClick={() => setAsks("new")}>
              {w.feed.make}
            </button>
          </div>
        ) : (
          <p class="hint">{w.feed.ask}</p>
        )}
      </div>
      {asks && (
        <Confirm
          title={asks === "new" ? w.feed.makeTitle : w.feed.endTitle}
          text={w.feed.endText}
          verb={asks === "new" ? w.feed.make : w.feed.end}
          onClose={() => setAsks(null)}
          onYes={() => void (asks === "new" ? make() : end())}
        />
      )}
    </Sheet>
  );
}
