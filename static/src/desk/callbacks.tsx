// Callers who are to be called back, and who sees to it. Loaded behind the page: the list is asked for again and again as it is.
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import type { Callback, Page } from "../api/model";
import { When } from "../app/parts";
import { tell } from "../app/toasts";
import { CallBack } from "./dialling";
import { agentOf, desk, isLive, queueTitle } from "./store";

/** How often the list is asked for: nobody tells of a new one. */
const EVERY_MS = 15_000;
/** Callbacks that are shown. */
const SHOWN_MAX = 50;

/** Callbacks that are not done, the oldest first; null before the first answer. */
const open = signal<Callback[] | null>(null);
const fault = signal("");

async function look(): Promise<void> {
  try {
    const asked = ["open", "claimed"].map((state) => get<Page<Callback>>(`/api/v1/callbacks?state=${state}&limit=${SHOWN_MAX}`));
    const items = (await Promise.all(asked)).flatMap((page) => page.items);
    open.value = items.sort((one, other) => (one.id < other.id ? -1 : 1));
    fault.value = "";
  } catch (error) {
    fault.value = messageOf(error);
  }
}

async function see(to: Callback, verb: "claim" | "release" | "done"): Promise<void> {
  try {
    await change("POST", `/api/v1/callbacks/${to.id}/${verb}`);
  } catch (error) {
    tell(messageOf(error));
  }
  await look();
}

/** The list; nothing where nobody is to be called back. */
export function Callbacks() {
  useEffect(() => {
    void look();
    const timer = setInterval(() => {
      if (!document.hidden && isLive.peek()) void look();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const me = desk.value?.me;
  return (
    <section class="callbacks panel" aria-label="Callbacks">
      <div class="head">
        <h2>Callbacks</h2>
      </div>
      {fault.value !== "" && (
        <p class="error none" role="alert">
          {fault.value}
        </p>
      )}
      {open.value?.length === 0 && <p class="none muted">Nobody is to be called back.</p>}
      <ul class="rows">
        {open.value?.map((callback) => (
          <li key={callback.id}>
            <span class="name figure">{callback.phone}</span>
            <span class="meta">
              <When at={callback.created_at} />
              {callback.queue_id && ` · ${queueTitle(callback.queue_id)}`}
            </span>
            {callback.about !== "" && <p>{callback.about}</p>}
            <p class="ways">
              <CallBack callback={callback} onCalled={look} />
              {callback.state === "open" && (
                <button type="button" onClick={() => void see(callback, "claim")}>
                  I see to it
                </button>
              )}
              {callback.state === "claimed" && callback.user_id === me && (
                <>
                  <button type="button" class="primary" onClick={() => void see(callback, "done")}>
                    Done
                  </button>
                  <button type="button" onClick={() => void see(callback, "release")}>
                    Leave it to others
                  </button>
                </>
              )}
              {callback.state === "claimed" && callback.user_id !== me && (
                <span class="meta">{agentOf(callback.user_id)?.name ?? "Somebody"} sees to it</span>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
