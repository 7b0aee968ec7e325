// An agent to whom the assistant introduces the caller before the two talk.
import type { AgentCall } from "../api/model";
import { act, isLive } from "./store";
import { w } from "./words/parts";

/** Says so, and lets the agent start talking at once. */
export function Briefed({ call }: { call: AgentCall }) {
  return (
    <div class="unfolded" role="group" aria-label={w.briefed.name}>
      <p role="status">{w.briefed.text}</p>
      <button type="button" disabled={!isLive.value} onClick={() => void act({ command: "talk_now", call_id: call.call_id })}>
        {w.briefed.now}
      </button>
    </div>
  );
}
