// How the page is connected: the worst state of all its open connections.
import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** The state of one connection. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** The worst state first. */
const ORDER: Connection[] = ["offline", "reconnecting", "connecting", "live"];

const lines = signal<readonly ReadonlySignal<Connection>[]>([]);

/** The state for the pill in the top bar; null on a page without a connection. */
export const connection = computed<Connection | null>(() => {
  const now = lines.value.map((line) => line.value);
  return ORDER.find((word) => now.includes(word)) ?? null;
});

/** Includes a connection until the returned function is called. */
export function counted(line: ReadonlySignal<Connection>): () => void {
  lines.value = [...lines.value, line];
  return () => {
    lines.value = lines.value.filter((other) => other !== line);
  };
}

/** Milliseconds before the next attempt, after this many failed ones: up to a quarter more or less, so that the pages that a restarted server has
 * lost do not all come back in the same moment. */
export function pauseMs(failed: number): number {
  return (PAUSES_MS[Math.min(failed, PAUSES_MS.length - 1)] ?? 0) * (0.75 + Math.random() / 2);
}

/** Waits before the next attempt. */
export function paused(failed: number): Promise<void> {
  return new Promise((done) => setTimeout(done, pauseMs(failed)));
}

/** The state to show while a connection is retried. */
export function awayAs(failed: number): Connection {
  return failed >= ATTEMPTS_TO_OFFLINE || !navigator.onLine ? "offline" : "reconnecting";
}

/** Pauses between attempts; the last one is repeated. */
const PAUSES_MS = [250, 1_000, 2_000, 5_000, 10_000];
/** After this many failed attempts the pill says Offline. */
const ATTEMPTS_TO_OFFLINE = 3;
