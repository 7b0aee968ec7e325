// `/desk`: the agent's calls, the one that they are in, and who else is here.
import { useEffect } from "preact/hooks";
import type { DeskWrapUp } from "../api/model";
import { Icon } from "../app/icons";
import { Heading, Skeleton } from "../app/parts";
import { CallPanel } from "./call-panel";
import { Answer, closed, OfferFacts } from "./card";
import { PartsNotYet } from "./controls";
import { Idle } from "./idle";
import { sheet } from "./keys";
import { MyCalls } from "./my-calls";
import { nameOn } from "./people";
import { shownCall } from "./selection";
import { callParts, standOf } from "./standing";
import { desk } from "./store";
import { Queues, Team } from "./team";

/** The page. */
export function DeskPage() {
  return (
    <>
      <div class="head">
        <Heading title={title()}>Desk</Heading>
        <button
          type="button"
          class="push"
          onClick={() => {
            sheet.value = true;
          }}
        >
          <Icon name="key" />
          Keys
        </button>
      </div>
      {desk.value === null ? (
        <Skeleton rows={6} />
      ) : (
        <div class="desk">
          <MyCalls />
          <div class="middle">
            <Middle />
          </div>
          <div class="side">
            <Docked />
            <Queues />
            <Later />
            <Team />
          </div>
        </div>
      )}
    </>
  );
}

/** The page and its state. */
function title(): string {
  const { value } = shownCall;
  switch (value?.at) {
    case "call":
      return `${standOf(value.call).word}: ${nameOn(value.id)} · Desk`;
    case "wrap_up":
      return "Wrap-up · Desk";
    default:
      return "Desk";
  }
}

function Middle() {
  const { value } = shownCall;
  switch (value?.at) {
    case undefined:
      return <Idle />;
    case "call":
      return <CallPanel call={value.call} />;
    case "wrap_up":
      return <WrapUp key={value.id} wrapUp={value.wrapUp} />;
    case "ringing":
      return (
        <section class="ringing sheet" aria-label="Ringing">
          <div class="head">
            <h2>{nameOn(value.id)}</h2>
            <p class="stand ringing">
              <Icon name="ring" />
              Ringing
            </p>
          </div>
          {closed.value.includes(value.offer.id) ? (
            <>
              <OfferFacts offer={value.offer} />
              <Answer offer={value.offer} />
              <p class="none">
                <button
                  type="button"
                  onClick={() => {
                    closed.value = [];
                  }}
                >
                  Show the card
                </button>
              </p>
            </>
          ) : (
            <p class="none muted">The card of the call says who it is. Enter accepts what has been ringing longest.</p>
          )}
        </section>
      );
  }
}

/** The customer of the call, where they are shown beside it. */
function Docked() {
  const { value } = callParts.code;
  return value && <value.DockedCustomer at="column" />;
}

/** What calls a number, and who is to be called back: behind the page, for neither is waited for. */
function Later() {
  useEffect(() => void setTimeout(() => callParts.ask(), 1_000), []);
  const { value } = callParts.code;
  if (!value) return null;
  return (
    <>
      <value.DialPad />
      <value.Callbacks />
    </>
  );
}

/** What is to be written down, once its code is there. */
function WrapUp({ wrapUp }: { wrapUp: DeskWrapUp }) {
  const { value } = callParts.code;
  return value ? <value.WrapUpPanel wrapUp={wrapUp} /> : <PartsNotYet />;
}
