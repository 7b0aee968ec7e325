// Keys for a machine on the caller's side: clicked or typed, each is sent separately.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { KEYS, keyNames } from "../words/keys";
import { act } from "./store";
import { isTyping } from "./typing";
import { w } from "./words/parts";

/** How long a key looks pressed. */
const PRESSED_MS = 180;
/** How many of the last keys are shown. */
const SENT_SHOWN = 16;

/** The keypad. While it is open, typed keys are sent as well. */
export function Keypad({ call }: { call: AgentCall }) {
  const [down, setDown] = useState<string | null>(null);
  const [sent, setSent] = useState("");
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const press = (key: string) => {
    setDown(key);
    setTimeout(() => setDown((now) => (now === key ? null : now)), PRESSED_MS);
    // One after the other: keys in another order would be another number.
    last.current = last.current.then(async () => {
      const isSent = await act({ command: "send_dtmf", call_id: call.call_id, digits: key });
      if (isSent) setSent((before) => (before + key).slice(-SENT_SHOWN));
    });
  };
  // At once, because a user who has opened it types at once.
  useLayoutEffect(() => {
    const typed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || isTyping(event.target)) return;
      if (!KEYS.includes(event.key)) return;
      event.preventDefault();
      press(event.key);
    };
    addEventListener("keydown", typed);
    return () => removeEventListener("keydown", typed);
  }, [call.call_id]);
  return (
    <fieldset class="digits">
      <legend class="meta">{w.keypad.name}</legend>
      {KEYS.map((key) => (
        <button
          key={key}
          type="button"
          class={down === key ? "down" : undefined}
          aria-label={keyNames[key] ?? key}
          onClick={() => press(key)}
        >
          {key}
        </button>
      ))}
      <p class="meta" role="status">
        {sent !== "" && w.keypad.sent(sent)}
      </p>
    </fieldset>
  );
}
