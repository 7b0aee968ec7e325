// An agent whom the assistant tells of the caller, before the two talk.
import type { AgentCall } from "../api/model";
import { act, isLive } from "./store";

/** Says so, and lets them talk at once. */
export function Briefed({ call }: { call: AgentCall }) {
  return (
    <div class="help" role="group" aria-label="Before you talk">
      <p role="status">The assistant tells you in two sentences who calls. The caller hears music.</p>
      <button type="button" disabled={!isLive.value} onClick={() => void act({ command: "talk_now", call_id: call.call_id })}>
        Talk now
      </button>
    </div>
  );
}
