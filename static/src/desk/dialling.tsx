// Calls that the agent begins: to a number, a callback, a colleague. Loaded after the page.
import { signal } from "@preact/signals";
import { useId, useRef, useState } from "preact/hooks";
import type { AgentNow, Callback, DeskCommand } from "../api/model";
import { openMicrophone } from "../audio/microphone";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { KEYS, keyNames } from "../words/keys";
import { dialled } from "../words/phone";
import { chosen } from "./acts";
import { claimAudio, voices } from "./audio";
import { ask, calls, desk, isLive } from "./store";
import { w } from "./words/parts";

/** One call is begun at a time. */
const isBeginning = signal(false);
/** The call whose failure is no longer shown: another one was begun, or another number is typed. */
const seen = signal<string | null>(null);
/** The number that is being typed: the field disappears while a call is offered, and is there again afterwards. */
const typed = signal("");

function forget(): void {
  seen.value = desk.peek()?.unreached?.call_id ?? null;
}

/** Whether a call can be begun now. */
export function mayBegin(): boolean {
  return isLive.value && !isBeginning.value && calls.value.length === 0 && !desk.value?.offers.length;
}

/** Begins a call, by a command of the desk or with `start`. Returns the problem as text; empty if it has begun. */
export async function begin(start: DeskCommand | (() => Promise<unknown>)): Promise<string> {
  isBeginning.value = true;
  forget();
  try {
    // No phone rings for an agent who could not be heard.
    for (const track of (await openMicrophone()).getTracks()) track.stop();
    const { call_id } = (await (typeof start === "function" ? start() : ask(start))) as { call_id: string };
    claimAudio(call_id, true);
    voices.peek().get(call_id)?.retry();
    chosen.value = call_id;
    typed.value = "";
    return "";
  } catch (fault) {
    return fault instanceof Error ? fault.message : String(fault);
  } finally {
    isBeginning.value = false;
  }
}

/** The dial pad, while there is no call. */
export function DialPad() {
  const now = desk.value;
  return now && now.offers.length === 0 && now.calls.length === 0 ? <Pad /> : null;
}

/** The field for a number, with keys that unfold; below it why the last call failed. */
function Pad() {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const { value: to } = typed;
  const [error, setError] = useState("");
  const [hasKeys, setKeys] = useState(false);
  const { unreached } = desk.value ?? {};
  const value = unreached?.call_id === seen.value ? undefined : unreached;
  const words = error || (value ? w.dial.inVain(nameOf(value.to), w.dial.why[value.failure]) : "");
  const wrote = (number: string) => {
    typed.value = number;
    setError("");
    forget();
  };
  const call = async () => {
    // People write numbers in groups.
    const number = dialled(to);
    if (number === "") setError(w.dial.empty);
    else setError(await begin({ command: "dial", to: number, callback_id: null }));
    field.current?.focus({ preventScroll: true });
  };
  return (
    <section class="dial panel" aria-label={w.dial.title}>
      <div class="top">
        <h2>{w.dial.title}</h2>
      </div>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (mayBegin()) void call();
        }}
      >
        <label class="hidden" for={id}>
          {w.dial.label}
        </label>
        <input
          ref={field}
          id={id}
          type="text"
          inputMode="tel"
          autocomplete="off"
          spellcheck={false}
          maxLength={79}
          placeholder={w.dial.label}
          value={to}
          aria-invalid={words !== ""}
          aria-describedby={`${id}-why`}
          onInput={(event) => wrote(event.currentTarget.value)}
        />
        <button type="button" class="btn square" aria-label={w.dial.openKeys} title={w.dial.openKeys} aria-expanded={hasKeys} onClick={() => setKeys(!hasKeys)}>
          <Icon name="keypad" />
        </button>
        <button type="submit" disabled={!mayBegin()}>
          <Icon name="calls" />
          {w.dial.call}
        </button>
        <p id={`${id}-why`} class="error" role="alert">
          {words}
        </p>
        {hasKeys && (
          <fieldset class="digits">
            <legend class="hidden">{w.dial.keys}</legend>
            {KEYS.map((key) => (
              <button key={key} type="button" aria-label={keyNames[key] ?? key} onClick={() => wrote(to + key)}>
                {key}
              </button>
            ))}
          </fieldset>
        )}
      </form>
    </section>
  );
}

/** Calls a colleague on the team list. */
export function CallColleague({ agent }: { agent: AgentNow }) {
  const { extension, name, presence, activity, user_id } = agent;
  if (extension === null || user_id === desk.value?.me) return null;
  const isThere = presence.intent === "available" && activity === "idle";
  return (
    <button
      type="button"
      class="btn small"
      disabled={!isThere || !mayBegin()}
      aria-label={w.dial.callName(name)}
      onClick={() => void begin({ command: "call_colleague", target: extension }).then(say)}
    >
      <Icon name="calls" />
      {w.dial.call}
    </button>
  );
}

/** Calls a caller back. */
export function CallBack({ callback, onCalled }: { callback: Callback; onCalled: () => Promise<void> }) {
  const me = desk.value?.me;
  // Somebody else handles it.
  if ((callback.user_id ?? me) !== me) return null;
  const call = async () => {
    say(await begin({ command: "dial", to: null, callback_id: callback.id }));
    await onCalled();
  };
  return (
    <button type="button" class="btn small" disabled={!mayBegin()} aria-label={w.callbacks.callName(callback.phone)} onClick={() => void call()}>
      <Icon name="calls" />
      {w.callbacks.call}
    </button>
  );
}

function say(words: string): void {
  if (words !== "") tell(words);
}

/** A colleague's name, a number as it is. */
function nameOf(to: string): string {
  return desk.value?.agents.find(({ extension }) => extension === to)?.name ?? to;
}
