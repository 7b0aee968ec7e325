// The cards of calls that are offered, over whatever page is open. They take no focus from anybody.
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { DeskOffer } from "../api/model";
import { Icon } from "../app/icons";
import { Log } from "../call/log";
import { SpeakerMark, Speaking } from "../call/transcript";
import { length } from "../words/time";
import { accept, decline } from "./acts";
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { nameOn } from "./people";
import { Profile } from "./profile";
import { useRecord } from "./records";
import { callParts } from "./standing";
import { desk, isLive, mine, queueTitle, serverNow, sinceMs } from "./store";

/** The offers whose cards were closed; the calls can still be taken on the desk. */
export const closed = signal<readonly number[]>([]);

const limits: Limits = { minWidth: 280, minHeight: 260, maxWidth: 720, maxHeight: 900 };
/** Of several each is lower, so that the buttons of two can be seen on a phone too. */
const LOW_PX = 300;
const ofSeveral: Limits = { ...limits, maxHeight: LOW_PX };
/** Two below each other, the oldest above; the next two beside them. */
const first = (place: number) => ({ width }: View) => {
  const beside = Math.floor(place / 2);
  return { x: width - 436 * (beside + 1), y: 64 + (LOW_PX + 16) * (place % 2) + 44 * beside, width: 420, height: 520 };
};

/** A card for each call that is offered, the oldest first, unless it was closed. */
export function IncomingCards() {
  const now = desk.value?.offers ?? [];
  // Each keeps its place while others come and go.
  const places = useRef(new Map<number, number>());
  const before = places.current;
  places.current = new Map();
  for (const { id } of now) {
    const taken = [...now.flatMap((offer) => before.get(offer.id) ?? []), ...places.current.values()];
    places.current.set(id, before.get(id) ?? now.findIndex((_, place) => !taken.includes(place)));
  }
  return (
    <>
      {now.map((offer) =>
        closed.value.includes(offer.id) ? null : (
          <Card key={offer.id} offer={offer} place={places.current.get(offer.id) ?? 0} limits={now.length > 1 ? ofSeveral : limits} />
        ),
      )}
    </>
  );
}

function Card({ offer, place, limits }: { offer: DeskOffer; place: number; limits: Limits }) {
  const name = nameOn(offer.call_id);
  // Landmarks are told apart by their names, and callers need not have different ones.
  const namesakes = (desk.value?.offers ?? []).filter(({ call_id }) => nameOn(call_id) === name);
  const number = namesakes.findIndex(({ id }) => id === offer.id) + 1;
  const label = number > 1 ? `Incoming call from ${name}, number ${number}` : `Incoming call from ${name}`;
  const parts = callParts.code.value;
  return (
    <Floating
      keptAs={place === 0 ? "incoming" : `incoming-${place}`}
      class="incoming"
      label={label}
      title={
        <>
          <Icon name="ring" />
          {name}
        </>
      }
      limits={limits}
      first={first(place)}
      onClose={() => {
        closed.value = [...closed.value, offer.id];
      }}
    >
      <OfferFacts offer={offer} />
      <Answer offer={offer} />
      {!offer.by && (
        <div class="profile">
          <Profile callId={offer.call_id} />
          {parts && <parts.NewCaller callId={offer.call_id} />}
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
      {mine.value?.audio === "phone" && <p>Your phone rings at {mine.value.extension}.</p>}
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
              <span class="speaker">
                <SpeakerMark role={line.role} />
                {line.role === "caller" ? "Caller" : "Assistant"}
              </span>
            </div>
            <p class="said">{line.text}</p>
          </div>
        ))}
        {story.speaking && <Speaking speaking={story.speaking} />}
      </Log>
    </div>
  );
}
