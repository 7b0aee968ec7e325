// The customer window: what is known of who is on the line, beside whatever the agent does.
import { effect, signal, untracked } from "@preact/signals";
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { nameOn } from "./people";
import { Profile } from "./profile";
import { calls, desk } from "./store";

/** The call whose customer is shown; null where the window is closed. */
export const shown = signal<string | null>(null);

/** Calls for which it has opened by itself: it does so once. */
let opened: ReadonlySet<string> = new Set();

const limits: Limits = { minWidth: 280, minHeight: 220, maxWidth: 900, maxHeight: 1_000 };
/** Over what stands at the right of a wide page; at the bottom of a narrow one, below the buttons of the call. */
const first = ({ width, height }: View) =>
  width > 1_100
    ? { x: width - 328, y: 72, width: 312, height: 600 }
    : { x: width - 368, y: height * 0.58, width: 360, height: height * 0.33 };

/** Opens it when a call is established, closes it when that call ends, until the returned function is called. */
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

/** The window, where it is open. */
export function CustomerWindow() {
  const { value } = shown;
  if (value === null) return null;
  return (
    <Floating
      keptAs="customer"
      class="customer"
      label="Customer information"
      title="Customer information"
      limits={limits}
      first={first}
      onClose={() => {
        shown.value = null;
      }}
    >
      {/* By the call: a window never shows another call's customer, not for a moment. */}
      <div key={value} class="profile" tabIndex={0} role="group" aria-label={`About ${nameOn(value)}`}>
        <Profile callId={value} parts="all" />
      </div>
    </Floating>
  );
}
