// The widget's window: the notice before a call, the call, and its end.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { number } from "../../app/language";
import type { WebCall } from "../../audio/web-call";
import { KEYS, keyNames } from "../../words/keys";
import { isComposing } from "./composing";
import { type Conversation, TYPED_CHARS_MAX } from "./conversation";
import { w } from "./words";

/** The window. */
export function Window({ talk, onClose }: { talk: Conversation; onClose: () => void }) {
  const link = talk.link.value;
  const { value: stand } = talk.call.stand;
  const isLive = talk.isLive.value;
  return (
    <section
      class="window"
      role={talk.isPreview ? "group" : "dialog"}
      aria-modal={talk.isPreview ? undefined : "true"}
      aria-labelledby="title"
      part="window"
    >
      <header class="top">
        <div>
          <h2 id="title" dir="auto">{link?.business ?? w.talk}</h2>
          {link && (
            <p class="quiet" dir="auto">
              {link.name}
            </p>
          )}
        </div>
        <button type="button" class="act close" aria-label={w.close} title={w.close} onClick={onClose}>
          <span aria-hidden="true">×</span>
        </button>
      </header>
      <div class="middle">
        {/* The assistant's own voice tells when it speaks: an announcement at each pause would be talked over. */}
        <p class="stand" role="status" aria-live={isWithAssistant(talk.call) ? "off" : "polite"}>
          {standWords(talk)}
        </p>
        <p class="fault" role="alert">
          {isLive ? talk.mishap.value || (talk.call.isUnplugged.value ? w.unplugged : "") : talk.refusal.value}
        </p>
        {!isLive && (link || talk.isPreview) && <p>{w.notice}</p>}
        {!isLive && link && talk.named !== "" && <p class="quiet">{w.named}</p>}
        {!isLive && link?.is_recorded && <p class="quiet">{w.willBeRecorded}</p>}
        {(isLive || talk.call.lines.value.length > 0 || talk.call.unsent.value.length > 0) && (
          <Transcript call={talk.call} isLive={isLive} />
        )}
        {isLive ? talk.call.isSuspended.value ? <GoOn /> : <Live talk={talk} /> : <Begin talk={talk} isAgain={stand.at === "over"} />}
        {isLive && link?.is_recorded && <p class="quiet">{w.recorded}</p>}
      </div>
    </section>
  );
}

/** Whether the assistant and the visitor talk. */
const isWithAssistant = ({ stand, company, isSuspended }: WebCall) =>
  stand.value.at === "talking" && company.value.stand === "assistant" && !isSuspended.value;

/** The state of the call. */
function standWords(talk: Conversation): string {
  const { value: now } = talk.call.stand;
  if (talk.call.isSuspended.value) return w.stands.suspended;
  switch (now.at) {
    case "idle":
      if (talk.isPreview) return w.preview;
      return talk.link.value === null && talk.refusal.value === "" ? w.looking : "";
    case "failed":
      return "";
    case "over":
      return now.words;
    case "talking":
      return companyWords(talk);
    default:
      return w.stands[now.at];
  }
}

/** The party that the visitor is connected with. */
function companyWords({ call }: Conversation): string {
  const { stand, position } = call.company.value;
  if (stand === "assistant") return call.isSpeaking.value ? w.with.speaking : w.with.listening;
  // The words of a person are not written down.
  if (stand === "person" && !call.isHeard.value) return w.with.unheard;
  return stand === "queue" && position !== undefined ? `${w.with.queue}. ${w.place(number(position))}` : w.with[stand];
}

function Begin({ talk, isAgain }: { talk: Conversation; isAgain: boolean }) {
  const { at } = talk.call.stand.value;
  const hasFailed = talk.refusal.value !== "";
  if (hasFailed && talk.isFinal.value) return null;
  if (talk.link.value === null && !talk.isPreview) {
    return hasFailed ? (
      <button type="button" class="act" onClick={() => void talk.look()}>
        {w.tryAgain}
      </button>
    ) : null;
  }
  const isBusy = at === "asking" || at === "connecting" || talk.isPreview;
  return (
    <div class="ways">
      <button type="button" class="act first" data-first aria-disabled={isBusy} onClick={() => void talk.begin("voice")}>
        {isAgain ? w.again : w.talk}
      </button>
      <button type="button" class="act" aria-disabled={isBusy} onClick={() => void talk.begin("writing")}>
        {isAgain ? w.typeAgain : w.type}
      </button>
    </div>
  );
}

/** Shown if a browser plays no sound before a click: any click is enough, and the call then continues by itself. */
function GoOn() {
  return (
    <button type="button" class="act first" data-first>
      {w.goOn}
    </button>
  );
}

/** Whether the visitor can be heard, now or once they unmute themselves. */
const isSpoken = (call: WebCall) => call.hasMicrophone.value && !call.isUnplugged.value;

function Live({ talk }: { talk: Conversation }) {
  const { call } = talk;
  const [isPadOpen, setPadOpen] = useState(false);
  const { stand } = call.company.value;
  const isAsked = talk.hasAsked.value || stand !== "assistant";
  return (
    <>
      <Compose talk={talk} />
      <div class="ways">
        {isSpoken(call) ? (
          <button type="button" class="act" data-first aria-pressed={call.isMuted.value} onClick={() => call.mute(!call.isMuted.value)}>
            {w.mute}
          </button>
        ) : (
          <button type="button" class="act" onClick={() => void talk.useMicrophone()}>
            {w.turnOnMicrophone}
          </button>
        )}
        <button type="button" class="act" aria-pressed={call.isHeard.value} onClick={() => call.hear(!call.isHeard.value)}>
          {w.sound}
        </button>
        <button type="button" class="act" aria-expanded={isPadOpen} onClick={() => setPadOpen(!isPadOpen)}>
          {w.keypad}
        </button>
        <button type="button" class="act" aria-disabled={isAsked} onClick={() => isAsked || talk.askForPerson()}>
          {w.person}
        </button>
        <button type="button" class="act end" onClick={() => call.hangUp()}>
          {w.hangUp}
        </button>
      </div>
      {talk.hasAsked.value && stand === "assistant" && (
        <p class="quiet" role="status">
          {w.personAsked}
        </p>
      )}
      {isPadOpen && (
        <div class="pad" role="group" aria-label={w.keypad}>
          {KEYS.map((key) => (
            <button key={key} type="button" class="act" aria-label={keyNames[key] ?? key} onClick={() => call.press(key)}>
              {key}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** The field for written messages. Enter sends, Shift+Enter adds a line. */
function Compose({ talk }: { talk: Conversation }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const send = (event: Event) => {
    event.preventDefault();
    talk.write();
    field.current?.focus();
  };
  return (
    <form class="compose" onSubmit={send}>
      <textarea
        ref={field}
        data-first={isSpoken(talk.call) ? undefined : true}
        rows={1}
        dir="auto"
        maxLength={TYPED_CHARS_MAX}
        aria-label={w.write}
        placeholder={w.write}
        value={talk.draft.value}
        onInput={(event) => (talk.draft.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !isComposing(event)) send(event);
        }}
      />
      <button type="submit" class="act first">
        {w.send}
      </button>
    </form>
  );
}

/** Up to this many pixels from the end, the transcript follows the newest line. */
const AT_END_PX = 24;

function Transcript({ call, isLive }: { call: WebCall; isLive: boolean }) {
  const [lines, unsent] = [call.lines.value, call.unsent.value];
  const isWithPerson = isLive && call.company.value.stand === "person";
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, unsent]);
  return (
    <>
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="polite"
        aria-label={w.said}
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
        }}
      >
        {lines.map(({ number: at, by, text }) => (
          <div key={at} class={`line ${by}`}>
            <p class="by">{by === "visitor" ? w.you : w.assistant}</p>
            <p class="said" dir="auto">
              {text}
            </p>
          </div>
        ))}
        {unsent.map((text, place) => (
          <div key={`unsent ${place}`} class="line visitor">
            <p class="by">{isLive ? w.notSentYet : w.notSent}</p>
            <p class="said" dir="auto">
              {text}
            </p>
          </div>
        ))}
        {lines.length + unsent.length === 0 && !isWithPerson && <p class="quiet">{w.wordsCome}</p>}
      </div>
      {isWithPerson && <p class="quiet">{w.notWritten}</p>}
    </>
  );
}
