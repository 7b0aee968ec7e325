// An agent talks with one caller at a time: a caller who was still connecting when another call was accepted is put on hold once they are connected.
import { effect } from "@preact/signals";
import { wanted } from "./acts";
import { act, calls } from "./store";

/** Puts other conversations on hold except the call that was accepted last, until the returned function is called. */
export function followOneTalk(): () => void {
  const asked = new Set<string>();
  return effect(() => {
    const talked = calls.value.filter(({ state, consult }) => state === "talking" && consult === null);
    for (const id of asked) if (!talked.some(({ call_id }) => call_id === id)) asked.delete(id);
    if (!talked.some(({ call_id }) => call_id === wanted.value)) return;
    for (const { call_id } of talked) {
      if (call_id === wanted.value || asked.has(call_id)) continue;
      asked.add(call_id);
      void act({ command: "hold", call_id });
    }
  });
}
