// An agent's request for help in a call: every desk shows it.
import { useId, useRef } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { act, agentOf, desk, isLive } from "./store";
import { w } from "./words/parts";

/** The maximum length of the note to colleagues, in characters. */
const NOTE_LETTERS_MAX = 1_000;

/** Requests help, or withdraws the request. */
export function Help({ call }: { call: AgentCall }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const asked = agentOf(desk.value?.me)?.needs_help;
  // The pressed button is gone.
  useKeptFocus(asked?.call_id === call.call_id ? 1 : 0, ".need-help button, .need-help summary");
  if (asked?.call_id === call.call_id) {
    return (
      <div class="need-help" role="group" aria-label={w.help.name}>
        <p role="status">
          <Icon name="ring" />
          {w.help.shown}
        </p>
        <button type="button" disabled={!isLive.value} onClick={() => void act({ command: "help_over" })}>
          {w.help.over}
        </button>
      </div>
    );
  }
  const submit = async (event: Event) => {
    event.preventDefault();
    await act({ command: "need_help", call_id: call.call_id, note: field.current?.value.trim() ?? "" });
  };
  return (
    <details class="need-help">
      <summary>{w.help.ask}</summary>
      <form class="unfolded" onSubmit={(event) => void submit(event)}>
        <label for={id}>{w.help.label}</label>
        <textarea ref={field} id={id} rows={2} maxLength={NOTE_LETTERS_MAX} />
        <div class="actions">
          <button type="submit" class="primary" disabled={!isLive.value}>
            {w.help.send}
          </button>
        </div>
      </form>
    </details>
  );
}
