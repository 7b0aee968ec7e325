// What an agent can do with a call that they have.
import { signal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { hangUp, hold, isMuted, resume, setMuted } from "./acts";
import { Keypad } from "./keypad";
import { act, isLive } from "./store";

/** What is unfolded below the buttons. */
export const unfolded = signal<"keypad" | "hand_back" | null>(null);

/** The most that the assistant is told, in letters. */
const NOTE_LETTERS_MAX = 1_000;

/** The buttons. Each is there in every state; one that can't be used says why. */
export function Controls({ call }: { call: AgentCall }) {
  const why = useId();
  const reason = reasonAgainst(call);
  const muted = isMuted(call.call_id, call.is_muted);
  const isHeld = call.state === "held";
  const off = reason !== "";
  const describedBy = off ? why : undefined;
  const fold = (what: "keypad" | "hand_back") => {
    unfolded.value = unfolded.value === what ? null : what;
  };
  return (
    <div class="controls" role="group" aria-label="Call controls">
      <div class="buttons">
        <button type="button" aria-pressed={muted} aria-describedby={describedBy} disabled={!isLive.value} onClick={() => void setMuted(call, !muted)}>
          <Icon name={muted ? "mute" : "voice"} />
          Mute
        </button>
        <button type="button" aria-describedby={describedBy} disabled={off} onClick={() => void (isHeld ? resume(call) : hold(call))}>
          <Icon name={isHeld ? "play" : "hold"} />
          {isHeld ? "Resume" : "Hold"}
        </button>
        <button
          type="button"
          aria-expanded={unfolded.value === "keypad"}
          aria-describedby={describedBy}
          disabled={off}
          onClick={() => fold("keypad")}
        >
          <Icon name="key" />
          Keypad
        </button>
        <button
          type="button"
          aria-expanded={unfolded.value === "hand_back"}
          aria-describedby={describedBy}
          disabled={off}
          onClick={() => fold("hand_back")}
        >
          <Icon name="robot" />
          Hand back to AI
        </button>
        <button type="button" class="danger" disabled={!isLive.value} onClick={() => void hangUp(call)}>
          <Icon name="end" />
          Hang up
        </button>
      </div>
      <p id={why} class="meta reason">
        {reason}
      </p>
      {!off && unfolded.value === "keypad" && <Keypad call={call} />}
      {!off && unfolded.value === "hand_back" && <HandBack call={call} />}
    </div>
  );
}

/** Why most of it can't be done now, in words; empty where it can. */
function reasonAgainst(call: AgentCall): string {
  if (!isLive.value) return "Reconnecting to the server: the buttons work again once it is back.";
  switch (call.state) {
    case "connecting":
      return "The caller is told that you are coming: the buttons work once your sound is there.";
    case "caller_lost":
      return "The caller’s connection is gone, and is waited for.";
    default:
      return "";
  }
}

/** Gives the caller back to the assistant, with a word on what it is to know. */
function HandBack({ call }: { call: AgentCall }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const submit = async (event: Event) => {
    event.preventDefault();
    const note = field.current?.value.trim() ?? "";
    if (!(await act({ command: "hand_back", call_id: call.call_id, note }))) return;
    unfolded.value = null;
    tell("The assistant talks with the caller again.");
  };
  return (
    <form class="hand-back" onSubmit={(event) => void submit(event)}>
      <label for={id}>What the assistant shall know (you can leave this empty)</label>
      <textarea ref={field} id={id} rows={2} maxLength={NOTE_LETTERS_MAX} autofocus />
      <div class="actions">
        <button type="submit" class="primary">
          Hand back now
        </button>
        <button
          type="button"
          onClick={() => {
            unfolded.value = null;
          }}
        >
          Keep the call
        </button>
      </div>
    </form>
  );
}
