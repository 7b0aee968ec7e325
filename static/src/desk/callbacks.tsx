// Callers who are due to be called back, and who handles it. Loaded after the page, because the list is polled anyway.
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import type { Callback, Page } from "../api/model";
import { number } from "../app/language";
import { When } from "../app/parts";
import { tell } from "../app/toasts";
import { CallBack } from "./dialling";
import { reasonInWords } from "./reasons";
import { agentOf, desk, isLive, queueTitle } from "./store";
import { w } from "./words/parts";

/** An action on a callback. */
type Verb = "claim" | "release" | "done";

/** How often the list is requested: new callbacks are not reported. */
const EVERY_MS = 15_000;
/** The maximum number of callbacks shown. */
const SHOWN_MAX = 50;

/** Open callbacks, oldest first; null before the first answer. */
const open = signal<Callback[] | null>(null);
/** Whether there are more than are shown. */
const hasMore = signal(false);
const fault = signal("");
/** Callbacks with a request in progress. */
const busy = new Set<string>();
/** Counts the requests: only the newest one's answer is shown. */
let round = 0;

async function look(): Promise<void> {
  round += 1;
  const own = round;
  try {
    const asked = ["open", "claimed"].map((state) => get<Page<Callback>>(`/api/v1/callbacks?state=${state}&limit=${SHOWN_MAX}`));
    const pages = await Promise.all(asked);
    const items = pages.flatMap((page) => page.items);
    if (own !== round) return;
    hasMore.value = pages.some(({ next_cursor }) => next_cursor !== null);
    open.value = items.sort((one, other) => (one.id < other.id ? -1 : 1));
    fault.value = "";
  } catch (error) {
    if (own === round) fault.value = messageOf(error);
  }
}

async function see({ id }: Callback, verb: Verb): Promise<void> {
  if (busy.has(id)) return;
  busy.add(id);
  const pressed = document.activeElement;
  try {
    await change("POST", `/api/v1/callbacks/${id}/${verb}`);
  } catch (error) {
    tell(messageOf(error));
  }
  await look();
  busy.delete(id);
  // The pressed button has disappeared, and with it the place of a keyboard user.
  requestAnimationFrame(() => {
    const isLost = pressed?.isConnected === false && document.activeElement === document.body;
    if (isLost) document.querySelector<HTMLElement>(".callbacks h2")?.focus({ preventScroll: true });
  });
}

/** The list; empty if nobody is due to be called back. */
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
    <section class="callbacks panel" aria-label={w.callbacks.title}>
      <div class="top">
        <h2 tabIndex={-1}>{w.callbacks.title}</h2>
        {open.value !== null && open.value.length > 0 && (
          <span class="meta push">{w.callbacks.due(`${number(open.value.length)}${hasMore.value ? "+" : ""}`)}</span>
        )}
      </div>
      {fault.value !== "" && (
        <p class="error none" role="alert">
          {fault.value}
        </p>
      )}
      {open.value?.length === 0 && <p class="none muted">{w.callbacks.none}</p>}
      <ul class="rows">
        {open.value?.map((callback) => (
          <li key={callback.id}>
            <strong class="n figure">{callback.phone}</strong>
            <span class="meta">
              <When at={callback.created_at} />
              {callback.queue_id && ` · ${queueTitle(callback.queue_id)}`}
            </span>
            {callback.about !== "" && <p dir="auto">{reasonInWords(callback.about)}</p>}
            <p class="ways">
              <CallBack callback={callback} onCalled={look} />
              {callback.state === "open" && (
                <Act callback={callback} act="claim">
                  {w.callbacks.claim}
                </Act>
              )}
              {callback.state === "claimed" && callback.user_id === me && (
                <>
                  <Act callback={callback} act="done">
                    {w.callbacks.done}
                  </Act>
                  <Act callback={callback} act="release">
                    {w.callbacks.release}
                  </Act>
                </>
              )}
              {callback.state === "claimed" && callback.user_id !== me && (
                <span class="meta">{w.callbacks.seesToIt(agentOf(callback.user_id)?.name ?? w.callbacks.somebody)}</span>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A button of a callback. Its name has the number, because each row has the same buttons. */
function Act({ callback, act, children }: { callback: Callback; act: Verb; children: ComponentChildren }) {
  return (
    <button type="button" onClick={() => void see(callback, act)}>
      {children}
      <span class="hidden">: {callback.phone}</span>
    </button>
  );
}
