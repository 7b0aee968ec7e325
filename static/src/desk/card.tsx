// The card of a call that is offered, over whatever page is open. It takes no focus from anybody.
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { DeskOffer } from "../api/model";
import { Icon } from "../app/icons";
import { Log } from "../call/log";
import { Speaking } from "../call/transcript";
import { length } from "../words/time";
import { accept, decline } from "./acts";
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { nameOn } from "./people";
import { Profile } from "./profile";
import { useRecord } from "./records";
import { desk, isLive, queueTitle, serverNow, sinceMs } from "./store";

/** The offer whose card was closed; the call can still be taken on the desk. */
export const closed = signal<number | null>(null);

const limits: Limits = { minWidth: 280, minHeight: 260, maxWidth: 720, maxHeight: 900 };
const first = ({ width }: View) => ({ x: width - 436, y: 64, width: 420, height: 520 });

/** The card, while a call is offered and it was not closed. */
export function IncomingCard() {
  const offer = desk.value?.offer;
  if (!offer || closed.value === offer.id) return null;
  return <Card key={offer.id} offer={offer} />;
}

function Card({ offer }: { offer: DeskOffer }) {
  const name = nameOn(offer.call_id);
  return (
    <Floating
      keptAs="incoming"
      class="incoming"
      label={`Incoming call from ${name}`}
      title={
        <>
          <Icon name="ring" />
          {name}
        </>
      }
      limits={limits}
      first={first}
      onClose={() => {
        closed.value = offer.id;
      }}
    >
      <OfferFacts offer={offer} />
      <Answer offer={offer} />
      {!offer.by && (
        <div class="profile">
          <Profile callId={offer.call_id} parts="who" />
        </div>
      )}
      {!offer.by && <SoFar callId={offer.call_id} />}
    </Floating>
  );
}

/** Why, by which queue, since when, and for how long yet. */
export function OfferFacts({ offer }: { offer: DeskOffer }) {
  const queue = queueTitle(offer.queue_id);
  const leftMs = Math.max(0, Date.parse(offer.until) - serverNow.value);
  const wholeMs = Math.max(1, Date.parse(offer.until) - Date.parse(offer.since));
  const left = Math.ceil(leftMs / 1_000);
  return (
    <div class="offer-facts">
      {offer.reason !== "" && <p>{offer.reason}</p>}
      <p class="meta figure">
        {queue !== "" && `${queue} · `}
        waited {length(sinceMs(offer.waits_since))}
      </p>
      <p class="countdown">
        <progress aria-label="Time left to answer" max={wholeMs} value={leftMs} />
        <span class="meta figure">{left === 1 ? "1 second left" : `${left} seconds left`}</span>
      </p>
    </div>
  );
}

/** The two ways to answer. */
export function Answer({ offer }: { offer: DeskOffer }) {
  const isAway = !isLive.value;
  return (
    <div class="answer">
      <button type="button" class="primary" disabled={isAway} onClick={() => void accept(offer)}>
        <Icon name="calls" />
        Accept call
      </button>
      <button type="button" disabled={isAway} onClick={() => void decline(offer)}>
        <Icon name="cross" />
        Decline
      </button>
      {isAway && <p class="error">Reconnecting to the server. The buttons work again once it is back.</p>}
    </div>
  );
}

/** What was said so far, as it goes on. */
function SoFar({ callId }: { callId: string }) {
  const story = useRecord(callId).story.value;
  const box = useRef<HTMLDivElement>(null);
  return (
    <div class="so-far">
      <Log box={box} name="What is said" count={story.lines.length} isLive>
        {story.lines.map((line) => (
          <div key={line.seq} class="line">
            <div class="by">
              <span class={`speaker ${line.role}`}>{line.role === "caller" ? "Caller" : "Assistant"}</span>
            </div>
            <p class="said">{line.text}</p>
          </div>
        ))}
        {story.speaking && <Speaking speaking={story.speaking} />}
      </Log>
    </div>
  );
}
