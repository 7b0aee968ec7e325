// `/desk`: the agent's calls, the current one, and who else is here.
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { DeskQueue, DeskWrapUp } from "../api/model";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { useMedia } from "../app/media";
import { serverNow } from "../app/now";
import { Heading, Skeleton } from "../app/parts";
import { CallPanel } from "./call-panel";
import { Answer, closed, OfferFacts } from "./card";
import { PartsNotYet } from "./controls";
import { Idle } from "./idle";
import { sheet } from "./keys";
import { MyCalls } from "./my-calls";
import { FITS } from "./media";
import { Note } from "./note";
import { nameOn } from "./people";
import { shownCall } from "./selection";
import { callParts, standOf } from "./standing";
import { desk } from "./store";
import { Queues, Team } from "./team";
import { w } from "./words";

/** Only the queues and the agents, below what `above` makes of the queues and the server's time. */
export function Floor({ above }: { above: (queues: DeskQueue[], now: number) => ComponentChildren }) {
  return (
    <>
      {above(desk.value?.queues ?? [], serverNow.value)}
      <Queues />
      <Team />
    </>
  );
}

/** The page. */
export default function DeskPage() {
  const isIdle = shownCall.value === null;
  // The control that was pressed is gone, such as a wrap-up that was sent or a call that has ended.
  useKeptFocus(`${shownCall.value?.at} ${shownCall.value?.id}`, ".desk-page h1");
  // Without a mouse a column is scrolled with the keyboard, even if nothing in it can take the focus.
  const scrolls = useMedia(FITS) ? 0 : undefined;
  return (
    <div class={isIdle ? "desk-page idle" : "desk-page"}>
      <div class="desk-head">
        <Heading title={title()}>{w.title}</Heading>
        <button
          type="button"
          class="plain push"
          onClick={() => {
            sheet.value = true;
          }}
        >
          <Icon name="keyboard" />
          {w.keys}
        </button>
      </div>
      {desk.value === null ? (
        <Skeleton rows={6} />
      ) : (
        <div class="desk">
          <MyCalls />
          <div class="middle" role="group" aria-label={w.columns.middle} tabIndex={scrolls}>
            <Middle />
            {isIdle && <Waiting />}
          </div>
          <div class="side" role="group" aria-label={w.columns.side} tabIndex={scrolls}>
            <Beside />
            {!isIdle && <Waiting />}
            <Team />
          </div>
        </div>
      )}
    </div>
  );
}

/** The page's title, with its state. */
function title(): string {
  const { value } = shownCall;
  switch (value?.at) {
    case "call":
      return w.titleOf(standOf(value.call).word, nameOn(value.id));
    case "wrap_up":
      return w.titleWrapUp;
    default:
      return w.title;
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
        <section class="ringing ebonite" aria-label={w.ringing.word}>
          <p class="state ringing">
            <Icon name="ring" />
            {w.ringing.word}
          </p>
          <h2>{nameOn(value.id)}</h2>
          {closed.value.includes(value.offer.id) ? (
            <>
              <OfferFacts offer={value.offer} />
              <Answer offer={value.offer} />
              <p>
                <button
                  type="button"
                  class="plain"
                  onClick={() => {
                    closed.value = [];
                  }}
                >
                  {w.ringing.showCard}
                </button>
              </p>
            </>
          ) : (
            <p class="soft">{w.ringing.onCard}</p>
          )}
        </section>
      );
  }
}

/** The customer on the line and their notes, or the ways to begin a call. */
function Beside() {
  useEffect(() => void setTimeout(() => callParts.ask(), 1_000), []);
  const { value: parts } = callParts.code;
  const { value } = shownCall;
  return (
    <>
      {parts && <parts.DockedCustomer at="column" />}
      {/* What is typed about the customer stays when the caller hangs up. */}
      {value && value.at !== "ringing" && (
        <div class="sheet notes">
          {parts && <parts.AboutCustomer key={`about-${value.id}`} callId={value.id} />}
          {value.at === "call" && <Note key={`note-${value.id}`} callId={value.id} />}
        </div>
      )}
      {parts && <parts.NextContact />}
      {parts && <parts.DialPad />}
      {parts && <parts.Softphone />}
    </>
  );
}

/** Waiting callers, and callbacks. The page does not wait for this code. */
function Waiting() {
  const { value } = callParts.code;
  return (
    <div class="two">
      <Queues />
      {value && <value.Callbacks />}
    </div>
  );
}

/** The wrap-up, once its code is loaded. */
function WrapUp({ wrapUp }: { wrapUp: DeskWrapUp }) {
  const { value } = callParts.code;
  return value ? <value.WrapUpPanel wrapUp={wrapUp} /> : <PartsNotYet />;
}
