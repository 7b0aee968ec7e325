// An agent's controls for a call.
import { useEffect, useId } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { Icon } from "../app/icons";
import { Skeleton } from "../app/parts";
import { hangUp, hold, isMuted, resume, setMuted, takesPart } from "./acts";
import { callParts, leavesToOthers, whyNot } from "./standing";
import { isLive } from "./store";
import { singleKeys } from "./keys";
import { fold, HAND_BACK_BUTTON, type Part, TRANSFER_BUTTON, unfolded } from "./unfolded";
import { w } from "./words";

/** The buttons. Each is shown in every state; one that can't be used says why. */
export function Controls({ call }: { call: AgentCall }) {
  const why = useId();
  const muted = isMuted(call.call_id, call.is_muted);
  const isHeld = call.state === "held";
  const against = whyNot(call, "other");
  const backAgainst = whyNot(call, "hand_back");
  const endAgainst = whyNot(call, "hang_up");
  const off = { disabled: against !== "", "aria-describedby": against === "" ? undefined : why };
  // A part that is unfolded for one call is not unfolded for the next.
  useEffect(() => () => void (unfolded.value = null), []);
  const unfolds = (part: Part) => ({ "aria-expanded": unfolded.value === part, onClick: () => fold(part) });
  return (
    <div class="controls" role="group" aria-label={w.controls.name}>
      <div class="keys">
        <button type="button" class="key" aria-pressed={muted} disabled={!isLive.value || !takesPart(call)} onClick={() => void setMuted(call, !muted)}>
          <Icon name={muted ? "mute" : "voice"} />
          {w.controls.mute}
          <Letter of="M" />
        </button>
        <button type="button" class="key" {...off} onClick={() => void (isHeld ? resume(call) : hold(call))}>
          <Icon name={isHeld ? "play" : "hold"} />
          {isHeld ? w.controls.resume : w.controls.hold}
          <Letter of="H" />
        </button>
        <button type="button" class="key" {...off} {...unfolds("keypad")}>
          <Icon name="keypad" />
          {w.controls.keypad}
          <Letter of="P" />
        </button>
        <button type="button" class="key" id={TRANSFER_BUTTON} {...off} {...unfolds("transfer")}>
          <Icon name="transfer" />
          {w.controls.transfer}
          <Letter of="T" />
        </button>
        <button
          type="button"
          class="key"
          id={HAND_BACK_BUTTON}
          disabled={backAgainst !== ""}
          aria-describedby={backAgainst === "" ? undefined : why}
          {...unfolds("hand_back")}
        >
          <Icon name="undo" />
          {w.controls.handBack}
          <Letter of="B" />
        </button>
        <button
          type="button"
          class="key end"
          disabled={endAgainst !== ""}
          aria-describedby={endAgainst === "" ? undefined : why}
          onClick={() => void hangUp(call)}
        >
          <Icon name="end" />
          {leavesToOthers(call) ? w.controls.leave : w.controls.hangUp}
          <Letter of="⇧X" />
        </button>
      </div>
      <p id={why} class="meta reason">
        {backAgainst}
      </p>
      <Below call={call} />
    </div>
  );
}

/** The key that does the same, if single keys are on. The style sheet draws it, so it is not part of the button's text. */
function Letter({ of }: { of: string }) {
  return singleKeys.value ? <kbd data-key={of} aria-hidden="true" /> : null;
}

/** The part below the buttons, once its code is loaded. */
function Below({ call }: { call: AgentCall }) {
  const { value } = callParts.code;
  if (value) return <value.CallParts call={call} />;
  if (unfolded.value === null && !call.consult) return null;
  return <PartsNotYet />;
}

/** Shown until the code is loaded. */
export function PartsNotYet() {
  if (callParts.failed.value === 0) return <Skeleton rows={2} />;
  return (
    <p class="error" role="alert">
      {w.controls.notLoaded}
    </p>
  );
}
