// The cards of offered calls: over any page, or above the agent's calls on the desk. They never take the focus.
import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { DeskOffer } from "../api/model";
import { Icon } from "../app/icons";
import { number as inDigits, plural } from "../app/language";
import { useMedia } from "../app/media";
import { serverNow } from "../app/now";
import { path } from "../app/router";
import { length } from "../words/time";
import { accept, decline } from "./acts";
import { Floating } from "./floating";
import type { Limits, View } from "./geometry";
import { singleKeys } from "./keys";
import { CALLS_MIN } from "./media";
import { nameOn, numberOn } from "./people";
import { callParts, reasonOf } from "./standing";
import { desk, isLive, mine, queueTitle, sinceMs } from "./store";
import { w } from "./words";

/** The offers whose cards were closed; the calls can still be accepted on the desk. */
export const closed = signal<readonly number[]>([]);

const limits: Limits = { minWidth: 280, minHeight: 260, maxWidth: 720, maxHeight: 900 };
/** Each of several cards is lower than the one before, so that the buttons of two are visible on a phone too. */
const LOW_PX = 300;
const ofSeveral: Limits = { ...limits, maxHeight: LOW_PX };
/** Two below each other, the oldest at the top; the next two next to them. */
const first = (place: number) => ({ width }: View) => {
  const column = Math.floor(place / 2);
  return { x: width - 436 * (column + 1), y: 64 + (LOW_PX + 16) * (place % 2) + 44 * column, width: 420, height: 520 };
};

/** The place of the present cards, decided when the first of them came; null while there is none. */
let hadColumn: boolean | null = null;

/** Whether the desk is open, and has a column for the agent's calls: then cards are shown there. A form that is being filled in on a card stays where
 * it is, even if the window's size changes. */
function useColumn(): boolean {
  const hasColumn = useMedia(CALLS_MIN);
  if (open(desk.value?.offers ?? []).length === 0) hadColumn = null;
  else hadColumn ??= hasColumn;
  return (hadColumn ?? hasColumn) && path.value === "/desk";
}

/** A card over the page for each offered call, oldest first, unless it was closed. */
export function IncomingCards() {
  const now = desk.value?.offers ?? [];
  const isDocked = useColumn();
  // Each keeps its place while others come and go.
  const places = useRef(new Map<number, number>());
  const before = places.current;
  places.current = new Map();
  for (const { id } of now) {
    const taken = [...now.flatMap((offer) => before.get(offer.id) ?? []), ...places.current.values()];
    places.current.set(id, before.get(id) ?? now.findIndex((_, place) => !taken.includes(place)));
  }
  if (isDocked) return null;
  return (
    <>
      {open(now).map((offer) => (
        <Card key={offer.id} offer={offer} place={places.current.get(offer.id) ?? 0} limits={now.length > 1 ? ofSeveral : limits} />
      ))}
    </>
  );
}

/** The same on the desk. */
export function DockedCards() {
  const now = open(desk.value?.offers ?? []);
  if (!useColumn()) return null;
  return (
    <>
      {now.map((offer) => (
        <section key={offer.id} class="incoming docked" aria-label={labelOf(offer)}>
          <div class="grip">
            <Ringing offer={offer} />
            <button type="button" class="plain" aria-label={w.floating.close(labelOf(offer))} onClick={() => close(offer)}>
              <Icon name="cross" />
            </button>
          </div>
          <div class="inside">
            <Inside offer={offer} />
          </div>
        </section>
      ))}
    </>
  );
}

/** The offers whose cards were not closed. */
function open(offers: readonly DeskOffer[]): DeskOffer[] {
  return offers.filter(({ id }) => !closed.value.includes(id));
}

function close({ id }: DeskOffer): void {
  closed.value = [...closed.value, id];
}

/** Landmarks need different names, and callers may have the same name. */
function labelOf(offer: DeskOffer): string {
  const name = nameOn(offer.call_id);
  const namesakes = (desk.value?.offers ?? []).filter(({ call_id }) => nameOn(call_id) === name);
  const number = namesakes.findIndex(({ id }) => id === offer.id) + 1;
  return number > 1 ? w.ringing.fromNumber(name, number) : w.ringing.from(name);
}

function Card({ offer, place, limits }: { offer: DeskOffer; place: number; limits: Limits }) {
  return (
    <Floating
      keptAs={place === 0 ? "incoming" : `incoming-${place}`}
      class="incoming"
      label={labelOf(offer)}
      title={<Ringing offer={offer} />}
      limits={limits}
      first={first(place)}
      onClose={() => close(offer)}
    >
      <Inside offer={offer} />
    </Floating>
  );
}

/** Says that it rings, and through which queue. */
function Ringing({ offer }: { offer: DeskOffer }) {
  const queue = queueTitle(offer.queue_id);
  return (
    <>
      <span class="state ringing">
        <Icon name="ring" />
        {w.ringing.word}
      </span>
      {queue !== "" && <span class="plate">{queue}</span>}
    </>
  );
}

/** The caller, the reason, the two answers, and known facts. */
function Inside({ offer }: { offer: DeskOffer }) {
  const name = nameOn(offer.call_id);
  const number = numberOn(offer.call_id);
  const parts = callParts.code.value;
  return (
    <>
      <p class="ring-who">
        <strong>{name}</strong>
        {number !== "" && number !== name && <span class="meta n">{number}</span>}
      </p>
      <OfferFacts offer={offer} />
      <Answer offer={offer} />
      {!offer.by && (
        <div class="profile">
          {parts ? <parts.Profile callId={offer.call_id} /> : <p class="muted">{w.person.looking}</p>}
          {parts && <parts.NewCaller callId={offer.call_id} />}
        </div>
      )}
      {!offer.by && parts && <parts.SoFar callId={offer.call_id} />}
    </>
  );
}

/** Why it is offered, since when, and for how much longer. */
export function OfferFacts({ offer }: { offer: DeskOffer }) {
  const leftMs = Math.max(0, Date.parse(offer.until) - serverNow.value);
  const wholeMs = Math.max(1, Date.parse(offer.until) - Date.parse(offer.since));
  const left = Math.ceil(leftMs / 1_000);
  return (
    <div class="offer-facts">
      {offer.reason !== "" && <p class="why" dir="auto">{reasonOf(offer)}</p>}
      {mine.value?.audio === "phone" && !offer.by && <p>{w.ringing.phoneRings(mine.value.extension ?? "")}</p>}
      <progress class="time-left" aria-label={w.ringing.left} max={wholeMs} value={leftMs} />
      <p class="times meta figure">
        <span>{`${inDigits(left)} ${plural(left, w.ringing.seconds)}`}</span>
        <span>{w.ringing.waited(length(sinceMs(offer.waits_since)))}</span>
      </p>
    </div>
  );
}

/** Accept and decline. */
export function Answer({ offer }: { offer: DeskOffer }) {
  const isAway = !isLive.value;
  return (
    <div class="answers">
      <button type="button" class="btn answer" disabled={isAway} onClick={() => void accept(offer)}>
        <Icon name="calls" />
        {w.ringing.accept}
        {singleKeys.value && desk.value?.offers[0]?.id === offer.id && <kbd data-key="↵" aria-hidden="true" />}
      </button>
      <button type="button" disabled={isAway} onClick={() => void decline(offer)}>
        {w.ringing.decline}
      </button>
      {isAway && <p class="error">{w.ringing.away}</p>}
    </div>
  );
}
