// Actions on a live call: hang up, make the assistant say something.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Call } from "../api/model";
import { Icon } from "../app/icons";
import { LineForm } from "../app/line-form";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import { callerName } from "../words/call";
import { w } from "./words";

/** The button, with its confirmation. */
export function HangUp({ call }: { call: Call }) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const hangUp = async () => {
    setBusy(true);
    try {
      await change("POST", `/api/v1/calls/${call.id}/hangup`);
    } catch (fault) {
      tell(messageOf(fault));
    }
    setBusy(false);
  };
  return (
    <>
      <button type="button" class="danger push" aria-disabled={busy} onClick={() => !busy && setAsking(true)}>
        <Icon name="end" />
        {w.hangUp.verb}
      </button>
      {asking && (
        <Confirm
          title={w.hangUp.ask}
          text={w.hangUp.text(callerName(call))}
          verb={w.hangUp.now}
          onClose={() => setAsking(false)}
          onYes={() => void hangUp()}
        />
      )}
    </>
  );
}

/** Text for the assistant to say to the caller. */
export function Say({ call }: { call: Call }) {
  return <LineForm id="say" path={`/api/v1/calls/${call.id}/say`} words={w.say} off={call.state !== "live"} />;
}
