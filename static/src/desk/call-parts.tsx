// Parts below the buttons of a call, after it, and to begin one. Loaded with the first call, otherwise after the page.
import type { AgentCall } from "../api/model";
import { Briefed } from "./briefed";
import { Consulting } from "./consulting";
import { HandBack } from "./hand-back";
import { Help } from "./help";
import { Keypad } from "./keypad";
import { othersIn, staysUnfolded } from "./standing";
import { Transfer } from "./transfer";
import { agentOf } from "./store";
import { unfolded } from "./unfolded";
import { w as desk } from "./words";
import { w } from "./words/parts";

// The audio code is loaded before the first call needs it, and the audio thread's file with it.
void import("../audio/open-line").then(({ keepWorklet }) => keepWorklet()).catch(() => null);
// A session may end after an update of the server, which no longer has these files: signing in again over the page needs them.
void Promise.all([import("../api/signing"), import("../entrance/pages")]).catch(() => null);

export { AboutCustomer, NewCaller } from "./about-customer";
export { Callbacks } from "./callbacks";
export { followChoices } from "./choices";
export { CallColleague, DialPad } from "./dialling";
export { ConsultNews } from "./consulting";
export { CustomerWindow, DockedCustomer } from "./customer-window";
export { chooseByKey } from "./drafts";
export { Lanes } from "./lanes";
export { NextContact } from "./next-contact";
export { followOneTalk } from "./one-talk";
export { Profile } from "./profile";
export { reasonInWords } from "./reasons";
export { Record, SoFar } from "./record";
export { KeySheet } from "./sheet";
export { Softphone } from "./sip/panel";
export { WrapUpPanel } from "./wrap-up";

/** Other parties in the call, a consultation, and the unfolded part. */
export function CallParts({ call }: { call: AgentCall }) {
  const others = call.talks_since === null ? "" : othersIn(call);
  const { value } = unfolded;
  const stays = staysUnfolded(call, value === "hand_back" ? value : "other");
  return (
    <>
      <p class="also" role="status" aria-label={desk.call.others}>
        {others !== "" && w.alsoHere(others)}
      </p>
      <Supervisors call={call} />
      {call.state === "briefed" && <Briefed key="briefed" call={call} />}
      {call.consult && <Consulting key="consult" call={call} consult={call.consult} />}
      {stays && value === "keypad" && <Keypad key="keypad" call={call} />}
      {stays && value === "hand_back" && <HandBack key="hand_back" call={call} />}
      {stays && value === "transfer" && <Transfer key="transfer" call={call} />}
      {call.talks_since !== null && <Help key="help" call={call} />}
    </>
  );
}

/** Supervisors who guide the agent or listen to the call. */
function Supervisors({ call }: { call: AgentCall }) {
  const words = call.supervisors.map(({ user_id, mode }) => w.supervises[mode](agentOf(user_id)?.name ?? w.somebody));
  return (
    <p class="also" role="status" aria-label={w.supervision}>
      {words.join(" ")}
    </p>
  );
}
