// The live view by server-sent events: a snapshot, then numbered events. The connection is reopened whenever it breaks.
import { signal } from "@preact/signals";
import { noteServerTime } from "../app/now";
import { awayAs, type Connection, counted, pauseMs } from "./connection";
import type { LiveMessage } from "./model";
import { awaitSession } from "./session";

/** How long a connection may take to begin with its snapshot: an attempt that the network swallows does not end by itself. */
const BEGIN_MS_MAX = 20_000;
/** How often a page that is shown looks whether it was away. */
const LOOK_MS = 5_000;
/** A page that was hidden or whose computer slept for this long connects anew: a connection that died meanwhile looks like a quiet one. */
const AWAY_MS = 30_000;

/** Listens until the returned function is called. Every (re)connection begins with a snapshot; a gap in the numbers requests a new one. `callId`
 * narrows to one call. `topic` selects the events: calls, what a board shows of them, changes to everything else, or changes at the dialler. */
export function listen(take: (event: LiveMessage) => void, callId?: string, topic: "calls" | "board" | "changes" | "osdial" = "calls"): () => void {
  const query = new URLSearchParams({ ...(callId ? { call_id: callId } : {}), ...(topic === "calls" ? {} : { topics: topic }) }).toString();
  const path = query === "" ? "/api/v1/live" : `/api/v1/live?${query}`;
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let begins: ReturnType<typeof setTimeout> | undefined;
  let shownAt = Date.now();
  let failed = 0;
  let over = false;
  const connection = signal<Connection>("connecting");

  const open = () => {
    let expected: number | null = null;
    // A connection that comes back while the session is being checked begins another attempt: only the newest stays open.
    source?.close();
    const opened = new EventSource(path);
    source = opened;
    const lost = () => {
      failed += 1;
      again();
    };
    clearTimeout(begins);
    begins = setTimeout(lost, BEGIN_MS_MAX);
    const receive = (message: MessageEvent<string>) => {
      clearTimeout(begins);
      const event = JSON.parse(message.data) as LiveMessage;
      if (event.kind !== "snapshot" && expected !== null && event.seq !== expected) return again();
      expected = event.seq + 1;
      failed = 0;
      connection.value = "live";
      if (event.kind === "snapshot") noteServerTime(event.at);
      take(event);
    };
    for (const kind of ["snapshot", "call", "entry", "changed", "osdial"]) opened.addEventListener(kind, receive);
    opened.onerror = lost;
  };
  const again = () => {
    source?.close();
    clearTimeout(begins);
    if (over) return;
    connection.value = awayAs(failed);
    clearTimeout(timer);
    timer = setTimeout(retry, pauseMs(failed));
  };
  const retry = async () => {
    // An EventSource can't tell a refusal from a broken connection, but a request for the session can.
    await awaitSession();
    if (!over) open();
  };
  const online = () => {
    failed = 0;
    again();
  };
  const offline = () => {
    connection.value = "offline";
  };
  const look = () => {
    if (document.hidden) return;
    const awayMs = Date.now() - shownAt;
    shownAt = Date.now();
    if (awayMs >= AWAY_MS && connection.value === "live") open();
  };
  const looks = setInterval(look, LOOK_MS);

  // Calls and the dialler's state must be current. A list that is a moment old can still be worked with, so its connection doesn't count.
  const uncounted = topic === "changes" ? () => undefined : counted(connection);
  addEventListener("online", online);
  addEventListener("offline", offline);
  open();
  return () => {
    over = true;
    clearTimeout(timer);
    clearTimeout(begins);
    clearInterval(looks);
    removeEventListener("online", online);
    removeEventListener("offline", offline);
    source?.close();
    uncounted();
  };
}
