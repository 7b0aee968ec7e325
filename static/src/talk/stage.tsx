// The stage of a visitor's call: the cord between them and the other party, the state of the call, both levels, the keys.
import { Cord, type CordKind } from "../app/cord";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number } from "../app/language";
import { KEYS, keyNames } from "../words/keys";
import {
  company,
  earLevel,
  hangUp,
  isMuted,
  isSpeaking,
  isSuspended,
  isUnplugged,
  ownLevel,
  press,
  setMuted,
  type Stand,
  stand,
  talk,
  useMicrophone,
} from "./call";
import { w } from "./words";

/** Above this level the visitor is heard. */
const HEARD = 0.02;

type Company = typeof company.value.stand;

/** The cord for each party that the visitor is connected with. */
const cords: Record<Company, CordKind> = { assistant: "ada", hold: "held", ringing: "ring", queue: "held", person: "agent" };

/** The text of the plate at the other end, and of its jack. */
const ends: Record<Company, { plate: string; jack: string }> = {
  assistant: { plate: w.others.assistant.name, jack: "jack in ada" },
  hold: { plate: w.others.person.name, jack: "jack" },
  ringing: { plate: w.others.person.name, jack: "jack" },
  queue: { plate: w.others.person.name, jack: "jack" },
  person: { plate: w.others.person.name, jack: "jack in agent" },
};

/** The letters on the keys, as on telephones. */
const LETTERS: Record<string, string> = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ" };

/** The stage; `isLive` while there is a call. */
export function Stage({ token, byWebrtc, isLive }: { token: string; byWebrtc: boolean; isLive: boolean }) {
  const { value } = stand;
  const with_ = company.value.stand;
  const isJoined = value.at === "talking";
  const isOnItsWay = value.at === "connecting" || value.at === "asking" || value.at === "reconnecting";
  const { plate, jack } = isLive ? ends[with_] : ends.assistant;
  // The pressed button is gone: the call has begun, or is over.
  useKeptFocus(`${isLive} ${isSuspended.value}`, ".stage :is(.begin, .key)");
  const kind = isJoined ? cords[with_] : isOnItsWay ? "ring" : "loose";
  return (
    <section class="ebonite stage" aria-label={w.call}>
      <div class="join" aria-hidden="true">
        <div class="join-end">
          <span class="jack in caller" />
          <span class="plate">{w.you}</span>
        </div>
        <Cord kind={kind} isTalking={isJoined && isSpeaking.value} look="large" />
        <div class="join-end">
          <span class={isJoined ? jack : "jack"} />
          <span class={isJoined && with_ === "assistant" ? "plate brass" : "plate"}>{plate}</span>
        </div>
      </div>
      {/* The assistant's own voice tells when it speaks: an announcement at each pause would be talked over. */}
      <p class="stand" role="status" aria-live={isJoined && with_ === "assistant" && !isSuspended.value ? "off" : "polite"} aria-label={w.call}>
        <span>
          {standWords(value)}
          {/* It is visible on the sheet below. */}
          {isLive && <PlaceWords />}
        </span>
      </p>
      {isLive ? isSuspended.value ? <GoOn /> : <Live /> : <Begin token={token} byWebrtc={byWebrtc} />}
    </section>
  );
}

function standWords(now: Stand): string {
  if (isSuspended.value) return w.stands.suspended;
  switch (now.at) {
    case "talking":
      return companyWords();
    case "over":
      return now.words;
    default:
      return w.stands[now.at];
  }
}

/** The party that the visitor is connected with, as text. */
function companyWords(): string {
  const { stand: now } = company.value;
  if (now === "assistant") return isSpeaking.value ? w.with.speaking : w.with.listening;
  return w.with[now];
}

/** The position in the queue, for screen readers. */
function PlaceWords() {
  const { stand: now, position } = company.value;
  if (now !== "queue" || position === undefined) return null;
  return <span class="hidden">. {w.place(number(position))}</span>;
}

function Begin({ token, byWebrtc }: { token: string; byWebrtc: boolean }) {
  const { value } = stand;
  const isBusy = value.at === "asking" || value.at === "connecting";
  if (value.at === "failed" && value.isLinkOff) return null;
  const verb = value.at === "failed" ? w.tryAgain : value.at === "over" ? w.again : w.talk;
  return (
    <button type="button" class="primary begin" aria-disabled={isBusy} onClick={() => void talk(token, byWebrtc)}>
      <Icon name="voice" />
      {verb}
    </button>
  );
}

/** Shown if a browser plays no sound before a click: any click is enough, and the call then continues by itself. */
function GoOn() {
  return (
    <button type="button" class="primary begin">
      <Icon name="voice" />
      {w.goOn}
    </button>
  );
}

function Live() {
  const { name, heard } = w.others[company.value.stand];
  const { stand: with_ } = company.value;
  const who = with_ === "person" ? "agent" : with_ === "assistant" ? "ada" : "music";
  return (
    <>
      <dl class="levels">
        <Level name={name} who={who} level={earLevel.value} words={isSpeaking.value ? heard : w.silent} />
        <Level name={w.you} who="caller" level={ownLevel.value} words={ownWords()} />
      </dl>
      <div class="keys">
        {isUnplugged.value ? (
          <button type="button" class="key" onClick={() => void useMicrophone()}>
            <Icon name="voice" />
            {w.turnOnMicrophone}
          </button>
        ) : (
          <button type="button" class="key" aria-pressed={isMuted.value} onClick={() => setMuted(!isMuted.value)}>
            <Icon name={isMuted.value ? "mute" : "voice"} />
            {w.mute}
          </button>
        )}
        <button type="button" class="key" popovertarget="keypad">
          <Icon name="keypad" />
          {w.keypad}
        </button>
        <button type="button" class="key end" onClick={hangUp}>
          <Icon name="end" />
          {w.hangUp}
        </button>
      </div>
      <Keypad />
    </>
  );
}

/** The keys of a telephone, on a separate sheet: Esc and a click outside close it. */
function Keypad() {
  return (
    <div id="keypad" class="pad-sheet" popover="auto" role="dialog" aria-labelledby="keypad-title">
      <div class="pad-top">
        <h2 id="keypad-title">{w.keypad}</h2>
        <button
          type="button"
          class="plain push"
          popovertarget="keypad"
          popovertargetaction="hide"
          aria-label={w.closeKeypad}
          title={w.closeKeypad}
        >
          <Icon name="cross" />
        </button>
      </div>
      <div class="pad">
        {KEYS.map((key) => (
          <button key={key} type="button" class="key digit" aria-label={keyNames[key] ?? key} onClick={() => press(key)}>
            <span class="digit-sign">{key}</span>
            <span class="digit-letters" aria-hidden="true" data-letters={LETTERS[key]} />
          </button>
        ))}
      </div>
    </div>
  );
}

function ownWords(): string {
  if (isUnplugged.value) return w.silent;
  if (isMuted.value) return w.muted;
  return ownLevel.value > HEARD ? w.heard : w.silent;
}

function Level({ name, who, level, words }: { name: string; who: "caller" | "ada" | "agent" | "music"; level: number; words: string }) {
  return (
    <div>
      <dt>
        {who !== "music" && <span class={`who-mark ${who}`} aria-hidden="true" />}
        {name}
      </dt>
      <dd>
        <meter class={`level ${who}`} aria-label={w.level(name)} min={0} max={1} value={Math.min(1, level)} />
        <span>{words}</span>
      </dd>
    </div>
  );
}
