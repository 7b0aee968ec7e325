// When the customer window is open. Its content is loaded with the first call.
import { effect, signal, untracked } from "@preact/signals";
import { calls, desk } from "./store";

/** The call whose customer is shown; null if the window is closed. */
export const shown = signal<string | null>(null);

/** Calls for which it has opened automatically: it does so once. */
let opened: ReadonlySet<string> = new Set();

/** Opens it when a call is connected, closes it when that call ends, until the returned function is called. */
export function followEstablished(): () => void {
  const stop = effect(() => {
    const now = calls.value;
    if (!desk.value) return;
    untracked(() => {
      for (const { call_id, state, colleague } of now) {
        if (colleague || (state !== "talking" && state !== "consulted") || opened.has(call_id)) continue;
        opened = new Set([...opened, call_id]);
        shown.value = call_id;
      }
      opened = new Set([...opened].filter((id) => now.some(({ call_id }) => call_id === id)));
      if (!now.some(({ call_id }) => call_id === shown.value)) shown.value = null;
    });
  });
  return () => {
    stop();
    shown.value = null;
    opened = new Set();
  };
}
