// What is below the buttons of a call, what comes behind it, and what begins one. Loaded with the first call, else behind the page.
import type { AgentCall } from "../api/model";
import { Consulting } from "./consulting";
import { HandBack } from "./hand-back";
import { Help } from "./help";
import { Keypad } from "./keypad";
import { namesOf, whyNot } from "./standing";
import { Transfer } from "./transfer";
import { unfolded } from "./unfolded";

export { Callbacks } from "./callbacks";
export { CallColleague, DialPad } from "./dialling";
export { ConsultNews } from "./consulting";
export { WrapUpPanel } from "./wrap-up";

/** Who else is in the call, a colleague who is asked, and what is unfolded. */
export function CallParts({ call }: { call: AgentCall }) {
  const others = call.talks_since === null ? [] : call.others;
  const { value } = unfolded;
  const isOff = whyNot(call, value === "hand_back" ? value : "other") !== "";
  return (
    <>
      <p class="also" role="status" aria-label="Others in this call">
        {others.length > 0 && `Also in this call: ${namesOf(others)}.`}
      </p>
      {call.consult && <Consulting key="consult" call={call} consult={call.consult} />}
      {!isOff && value === "keypad" && <Keypad key="keypad" call={call} />}
      {!isOff && value === "hand_back" && <HandBack key="hand_back" call={call} />}
      {!isOff && value === "transfer" && <Transfer key="transfer" call={call} />}
      {call.talks_since !== null && <Help key="help" call={call} />}
    </>
  );
}
