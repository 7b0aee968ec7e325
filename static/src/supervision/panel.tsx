// A supervisor's controls for a live call: hear it, whisper to its agent, speak with its caller, take it over, give its assistant a hint.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Call, SupervisionMode } from "../api/model";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { LineForm } from "../app/line-form";
import { Confirm } from "../app/parts";
import { go } from "../app/router";
import { Ear } from "./ear";
import { allows, usePolicy } from "./policy";
import { w } from "./words";

const MODES: readonly SupervisionMode[] = ["listen", "whisper", "barge"];

/** The panel on a live call's page. */
export function CallSupervision({ call }: { call: Call }) {
  const ear = useMemo(() => new Ear(call.id), [call.id]);
  useEffect(() => () => ear.close(), [ear]);
  return <SupervisionPanel call={call} ear={ear} />;
}

/** The panel of a live call; the component that shows it closes the ear. */
export function SupervisionPanel({ call, ear }: { call: Call; ear: Ear }) {
  const policy = usePolicy();
  const stand = ear.stand.value;
  const hasAgent = call.agents.some(({ outcome }) => outcome === "talking");
  // Nobody hears the whispers of a supervisor whose agent has left.
  const real = ear.mode.value === "whisper" && !hasAgent ? "listen" : ear.mode.value;
  // The button for the microphone disappears once it is on again, and the one that leaves once the supervisor has left.
  const left = ear.mode.value === null ? ".supervision input:not(:disabled)" : ".supervision input:checked";
  useKeptFocus(`${ear.isUnplugged.value} ${stand !== "off"}`, left);
  return (
    <section class="panel supervision" aria-labelledby="supervision">
      <div class="top">
        <h2 id="supervision">{w.title}</h2>
        <span class={stand === "live" ? "state live" : "meta"} role="status">
          {stand === "live" && <span class="lamp on live" aria-hidden="true" />}
          {stand === "live" && real ? w.does[real] : w.stands[stand]}
        </span>
      </div>
      <div class="supervision-acts">
        <div class="segmented" role="radiogroup" aria-label={w.ways}>
          {MODES.map((mode) => (
            <label key={mode}>
              <input
                type="radio"
                name="supervision"
                checked={ear.mode.value === mode}
                disabled={stand === "connecting" || (mode === "whisper" && !hasAgent) || !allows(policy, mode)}
                onChange={() => void ear.takePart(mode)}
              />
              {w.modes[mode]}
            </label>
          ))}
        </div>
        {stand !== "off" && (
          <button type="button" onClick={() => void ear.leave()}>
            <Icon name="cross" />
            {w.leave}
          </button>
        )}
        {ear.isUnplugged.value && (
          <button type="button" onClick={() => void ear.useMicrophone()}>
            <Icon name="voice" />
            {w.turnOnMicrophone}
          </button>
        )}
        {stand === "live" && allows(policy, "take_over") && <TakeOver ear={ear} />}
      </div>
      <p class="meta">
        {policy && (policy.silent ? w.policy.silentHere : w.policy.shownHere)} {policy?.tell_caller && w.policy.told} {w.shown}
      </p>
      {policy && MODES.some((mode) => !allows(policy, mode)) && (
        <p class="meta">{w.policy.closed(MODES.filter((mode) => !allows(policy, mode)).map((mode) => w.modes[mode]))}</p>
      )}
      <p class="error" role="alert">
        {ear.fault.value || (ear.isUnplugged.value ? w.unplugged : "")}
      </p>
      {!call.with_person && <LineForm id="hint" path={`/api/v1/calls/${call.id}/supervision/hint`} words={w.hint} />}
    </section>
  );
}

function TakeOver({ ear }: { ear: Ear }) {
  const [asking, setAsking] = useState(false);
  const takeOver = async () => {
    if (await ear.takeOver()) go("/desk");
  };
  return (
    <>
      <button type="button" onClick={() => setAsking(true)}>
        <Icon name="desk" />
        {w.takeOver.verb}
      </button>
      {asking && (
        <Confirm
          title={w.takeOver.ask}
          text={w.takeOver.text}
          verb={w.takeOver.now}
          onClose={() => setAsking(false)}
          onYes={() => void takeOver()}
        />
      )}
    </>
  );
}
