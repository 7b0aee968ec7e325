// How the page is connected: the worst of the lines that it has open.
import { computed, type ReadonlySignal, signal } from "@preact/signals";

/** State of one line. */
export type Connection = "connecting" | "live" | "reconnecting" | "offline";

/** The worst first. */
const ORDER: Connection[] = ["offline", "reconnecting", "connecting", "live"];

const lines = signal<readonly ReadonlySignal<Connection>[]>([]);

/** State for the pill in the top bar; null on a page that has no line open. */
export const connection = computed<Connection | null>(() => {
  const now = lines.value.map((line) => line.value);
  return ORDER.find((word) => now.includes(word)) ?? null;
});

/** Counts a line in until the returned function is called. */
export function counted(line: ReadonlySignal<Connection>): () => void {
  lines.value = [...lines.value, line];
  return () => {
    lines.value = lines.value.filter((other) => other !== line);
  };
}

/** Milliseconds before the next attempt, after so many in vain. */
export function pauseMs(failed: number): number {
  return PAUSES_MS[Math.min(failed, PAUSES_MS.length - 1)] ?? 0;
}

/** Waits before the next attempt. */
export function paused(failed: number): Promise<void> {
  return new Promise((done) => setTimeout(done, pauseMs(failed)));
}

/** State that is shown while a line is tried again. */
export function awayAs(failed: number): Connection {
  return failed >= ATTEMPTS_TO_OFFLINE || !navigator.onLine ? "offline" : "reconnecting";
}

/** Pauses between attempts; the last one is repeated. */
const PAUSES_MS = [250, 1_000, 2_000, 5_000, 10_000];
/** After so many attempts in vain the pill says Offline. */
const ATTEMPTS_TO_OFFLINE = 3;
