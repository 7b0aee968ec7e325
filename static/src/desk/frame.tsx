// The desk's part of every page: the connection, the presence menu, the card of a call, the customer window, the keys.
import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { path } from "../app/router";
import { Icon } from "../app/icons";
import { windowPlaces } from "../app/toasts";
import { isMuted, settle } from "./acts";
import { followAudio } from "./audio";
import { IncomingCards } from "./card";
import { followKeys, sheet } from "./keys";
import { followPeople } from "./people";
import { hasMissed, want } from "./presence";
import { announced, followRinging, goneWords } from "./ringing";
import { all } from "./selection";
import { callParts } from "./standing";
import { calls, desk, isLive, mine, openDesk } from "./store";
import { followEstablished } from "./window";
import { w } from "./words";

export { PresenceMenu } from "./presence-menu";

/** The code of a call and of its sound is loaded this long after the desk, whatever page is shown, in ms. An agent keeps a page open for a day: after
 * an update of the server its files are gone, and the first call would have no sound. */
const PARTS_AFTER_MS = 3_000;

/** The overlay of any page, while the desk is open. */
export function DeskFrame() {
  useEffect(() => {
    const ends = [
      openDesk(),
      followPeople(),
      followRinging(),
      followAudio(isMuted),
      followEstablished(),
      followKeys(() => path.value === "/desk"),
      effect(() => {
        const now = calls.value;
        untracked(() => settle(now));
      }),
    ];
    return () => {
      for (const end of ends.reverse()) end();
    };
  }, []);
  const parts = callParts.code.value;
  useEffect(() => {
    const timer = setTimeout(() => callParts.ask(), PARTS_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => parts?.followOneTalk(), [parts]);
  useEffect(() => parts?.followChoices(), [parts]);
  const isSheetOpen = sheet.value;
  useEffect(() => (isSheetOpen ? callParts.ask() : undefined), [isSheetOpen]);
  return (
    <>
      <Ringing />
      {parts && <parts.CustomerWindow />}
      {parts && <parts.KeySheet />}
    </>
  );
}

/** The cards of offered calls and their announcement: over the page, or in the newest window over it, because the browser lets nobody reach anything
 * outside that window. The element itself moves, so a form that is being filled in on a card stays as it is. */
function Ringing() {
  const home = useRef<HTMLDivElement>(null);
  const cards = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const [own, at] = [cards.current, home.current];
    if (!own || !at) return undefined;
    const stop = effect(() => {
      const place = windowPlaces.value.at(-1) ?? at;
      if (own.parentElement !== place) place.append(own);
    });
    return () => {
      stop();
      at.append(own);
    };
  }, []);
  return (
    <div ref={home} class="no-box">
      <div ref={cards} class="no-box">
        <p class="hidden" role="alert">
          {announced.value}
        </p>
        <IncomingCards />
      </div>
    </div>
  );
}

/** Notices above any page. */
export function DeskNotices() {
  return (
    <>
      <Missed />
      <p class={desk.value?.hasProfiles === false ? "notice" : "hidden"} role="status" aria-label={w.profiles.name}>
        {desk.value?.hasProfiles === false && w.profiles.text}
      </p>
      <p class={goneWords.value === null ? "hidden" : "notice"} role="status" aria-label={w.offered.name}>
        {goneWords.value}
      </p>
      {all.value.length > 0 && <OnCalls />}
    </>
  );
}

/** For an agent with calls: news of consultations with colleagues. */
function OnCalls() {
  useEffect(() => callParts.ask(), []);
  const { value } = callParts.code;
  return value && <value.ConsultNews />;
}

/** An agent who has missed a call is away, and back with one click. */
function Missed() {
  if (!hasMissed(mine.value)) return null;
  return (
    <div class="notice" role="region" aria-label={w.missed.name}>
      <p>
        <Icon name="away" />
        {w.missed.text}
      </p>
      <button type="button" class="primary" disabled={!isLive.value} onClick={() => void want({ intent: "available" })}>
        {w.missed.undo}
      </button>
    </div>
  );
}
