// The dock: a test call with the draft, with its transcript, tools and waiting times live.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { may } from "../api/me";
import { messageOf, Problem } from "../api/client";
import { number } from "../app/language";
import { Cord as Drawn } from "../app/cord";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { now } from "../app/now";
import { NoMicrophone } from "../audio/microphone";
import type { WebStand } from "../audio/web-call";
import type { Line, Story } from "../call/fold";
import { providerName } from "../words/call";
import { KEYS } from "../words/keys";
import { length } from "../words/time";
import { useStudio } from "./context";
import { toolName } from "./describe";
import { Lanes } from "./lanes";
import { OneOf } from "./parts";
import { begin, call, forget, journal, provider, tested, type ToolRun, tools, type Version } from "./test-call";
import { w } from "./words";

/** The dock. `version` is the version that callers hear; 0 if they hear nothing of this profile. */
export function Hear({ version }: { version: number }) {
  const { id, slot, keeper } = useStudio();
  const [wanted, setWanted] = useState<Version>("draft");
  const [unsaved, setUnsaved] = useState(false);
  const [showsKeys, setShowsKeys] = useState(false);
  const [mishap, setMishap] = useState("");
  const stand = call.stand.value;
  const story = journal.value?.record.story.value ?? null;
  const isHere = useRef(true);
  // Leaving the studio ends the call.
  useEffect(
    () => () => {
      isHere.current = false;
      forget();
    },
    [],
  );
  const isOn = call.isOn();
  const isTalking = stand.at === "talking" || stand.at === "reconnecting";
  // The pressed button is gone: the call has begun, or is over.
  useKeptFocus(isTalking ? 1 : 0, ".test-acts .key, .test-begin .btn");
  const start = async () => {
    setUnsaved(false);
    setMishap("");
    // The test uses the shown draft: a pending change is sent first.
    if (wanted === "draft" && keeper.isAhead()) {
      const isSent = await keeper.flush();
      // If the user has left in the meantime, they would be heard in a call that no page shows.
      if (!isHere.current) return;
      if (!isSent) return setUnsaved(true);
    }
    await begin(id, wanted, version, slot);
  };
  /** Replaces a microphone that was disconnected. */
  const turnOn = () =>
    call.useMicrophone().then(
      () => setMishap(""),
      (fault: unknown) => setMishap(failureOf(fault)),
    );
  const of = isOn ? (tested.value?.version ?? wanted) : wanted;
  const ofNumber = tested.value?.number ?? version;
  return (
    <section class="ebonite test" aria-labelledby="test-call">
      <div class="test-top">
        <h2 id="test-call">{w.hear.title}</h2>
        <Standing />
        <span class="chip on push">{of === "draft" ? w.hear.draft : w.version(number(isOn ? ofNumber : version))}</span>
      </div>
      <p class="tests meta">{of === "draft" ? w.hear.testsDraft : w.hear.testsPublished(number(isOn ? ofNumber : version))}</p>
      <Cord isOn={isTalking} />
      {isTalking && <Lanes call={call} story={story} />}
      <p class="hidden" role="status" aria-label={w.hear.whoSpeaks}>
        {isTalking ? (call.isSpeaking.value ? w.hear.assistantSpeaks : w.hear.listens) : ""}
      </p>
      <p class="error" role="alert">
        {stand.at === "failed" ? failureOf(stand.fault) : unsaved ? w.hear.notSaved : isTalking && call.isUnplugged.value ? mishap || w.hear.unplugged : ""}
      </p>
      <Said story={story} isLive={isTalking} />
      {story && story.waits.length > 0 && <Waits waits={story.waits} />}
      {isTalking ? (
        <>
          {showsKeys && (
            <fieldset class="keypad">
              <legend class="hidden">{w.hear.keys}</legend>
              {KEYS.map((key) => (
                <button key={key} type="button" class="key" aria-label={w.hear.keyNames[key] ?? key} onClick={() => call.press(key)}>
                  {key}
                </button>
              ))}
            </fieldset>
          )}
          <div class="test-acts">
            {call.isUnplugged.value ? (
              <button type="button" class="key" onClick={() => void turnOn()}>
                <Icon name="voice" />
                {w.hear.turnOnMicrophone}
              </button>
            ) : (
              <button type="button" class="key" aria-pressed={call.isMuted.value} onClick={() => call.mute(!call.isMuted.value)}>
                <Icon name={call.isMuted.value ? "mute" : "voice"} />
                {w.hear.mute}
              </button>
            )}
            <button type="button" class="key" aria-pressed={showsKeys} onClick={() => setShowsKeys(!showsKeys)}>
              <Icon name="key" />
              {w.hear.keys}
            </button>
            <button type="button" class="key end" onClick={() => call.hangUp()}>
              <Icon name="end" />
              {w.hear.hangUp}
            </button>
          </div>
        </>
      ) : (
        <div class="test-begin">
          {version > 0 && !isOn && (
            <OneOf
              legend={w.hear.what}
              isLegendHidden
              value={wanted}
              choices={[
                { value: "draft", label: w.hear.draft },
                { value: "published", label: w.version(number(version)) },
              ]}
              off={false}
              onChange={setWanted}
            />
          )}
          <button type="button" class="btn large" aria-disabled={isOn} onClick={() => void start()}>
            <Icon name="calls" />
            {isOn ? w.hear.connecting : stand.at === "idle" ? w.hear.start : w.hear.again}
          </button>
          {keeper.value.value.tools.length > 0 && <p class="meta real">{w.hear.real}</p>}
          {journal.value && !isOn && may("calls_read") && (
            <a class="bare" href={`/calls/${journal.value.id}`}>
              {w.hear.record}
            </a>
          )}
        </div>
      )}
    </section>
  );
}

export function failureOf(fault: unknown): string {
  if (fault instanceof NoMicrophone) return fault.message;
  // A server that is older than its pages, or a deleted profile.
  if (fault instanceof Problem && fault.status === 404) return w.hear.noCall;
  return messageOf(fault);
}

/** The state of the call: a shape, a glyph and a word. */
export function Standing() {
  const stand = call.stand.value;
  const isLive = stand.at === "talking";
  const { since } = call;
  return (
    <span class="standing">
      <span role="status" aria-label={w.hear.call}>
        {standWords(stand) !== "" && (
          <span class={stand.at === "talking" ? "state live" : stand.at === "reconnecting" ? "state warn" : "state ended"}>
            <Icon name={stand.at === "talking" ? "voice" : stand.at === "over" ? "stop" : "wait"} />
            {standWords(stand)}
          </span>
        )}
      </span>
      {isLive && since.value !== null && <span class="meta figure">{length(now.value - since.value)}</span>}
    </span>
  );
}

function standWords(stand: WebStand): string {
  switch (stand.at) {
    case "idle":
    case "failed":
      return "";
    case "asking":
      return w.hear.allow;
    case "connecting":
      return w.hear.connecting;
    case "talking":
      return w.hear.live;
    case "reconnecting":
      return w.hear.reconnecting;
    case "over":
      return w.hear.over;
  }
}

/** The cord of the call: plugged while there is one, loose before. */
export function Cord({ isOn }: { isOn: boolean }) {
  return (
    <div class="test-cord" aria-hidden="true">
      <span class={isOn ? "jack in caller" : "jack"} />
      <Drawn kind={isOn ? "ada" : "loose"} isTalking={isOn && call.isSpeaking.value} look="free" />
      <span class={isOn ? "jack in ada" : "jack"} />
    </div>
  );
}

/** Up to this many pixels from the end, the transcript follows the newest line. */
const AT_END_PX = 32;

type Row = { at: number; line: Line } | { at: number; tool: ToolRun };

/** The transcript, with the wait before each answer, and the tools in between. */
export function Said({ story, isLive }: { story: Story | null; isLive: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const runs = tools.value;
  const rows: Row[] = [
    ...(story?.lines ?? []).map((line) => ({ at: line.startedAt, line })),
    ...runs.map((tool) => ({ at: tool.at, tool })),
  ].sort((one, other) => one.at - other.at);
  useLayoutEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  });
  const isEmpty = rows.length === 0 && !story?.speaking;
  return (
    <div
      ref={box}
      class={isEmpty && !isLive ? "said none" : "said"}
      role="log"
      aria-label={w.hear.said}
      tabIndex={isEmpty ? undefined : 0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
    >
      {isEmpty && isLive && <p class="meta">{w.hear.wordsCome}</p>}
      {rows.map((row) => ("line" in row ? <SaidLine key={row.line.seq} line={row.line} /> : <ToolRow key={`tool-${row.tool.effect}`} run={row.tool} />))}
      {isLive && story?.speaking && (
        <div class="said-line" aria-hidden="true">
          <By role={story.speaking.role} />
          <p class="interim">{story.speaking.text || "…"}</p>
        </div>
      )}
    </div>
  );
}

function By({ role }: { role: Line["role"] }) {
  return (
    <span class="by">
      <span class={role === "caller" ? "who-mark caller" : "who-mark ada"} aria-hidden="true" />
      {role === "caller" ? w.hear.you : w.hear.assistant}
    </span>
  );
}

function SaidLine({ line }: { line: Line }) {
  return (
    <div class="said-line">
      <By role={line.role} />
      <p dir="auto">
        {line.text}
        {line.interrupted && <span class="meta"> {w.hear.cut}</span>}
      </p>
      {line.waitedMs !== null && (
        <span class="meta figure wait" title={w.hear.waited}>
          <span class="hidden">{w.hear.waited} </span>
          {w.seconds(line.waitedMs / 1_000)}
        </span>
      )}
    </div>
  );
}

function ToolRow({ run }: { run: ToolRun }) {
  const { end } = run;
  const details = [run.asked, end?.words ?? ""].filter((text) => text !== "");
  return (
    <div class={end === null ? "tool-run" : end.outcome === "done" ? "tool-run good" : "tool-run bad"}>
      <Icon name={end === null ? "tool" : end.outcome === "done" ? "tick" : "cross"} />
      <b>{toolName(run.tool)}</b>
      <span class="meta">{end === null ? w.hear.running : w.hear.outcome[end.outcome]}</span>
      {end !== null && <span class="meta figure push">{w.seconds(end.tookMs / 1_000)}</span>}
      {details.length > 0 && (
        <details>
          <summary>{w.hear.details}</summary>
          {details.map((text, at) => (
            <p key={at} class="mono" dir="auto">
              {text}
            </p>
          ))}
        </details>
      )}
    </div>
  );
}

/** How long the answers took, in one sentence. */
export function Waits({ waits }: { waits: number[] }) {
  const sorted = [...waits].sort((one, other) => one - other);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  const slowest = sorted.at(-1) ?? 0;
  return (
    <p class="waits meta">
      {w.hear.waits(number(waits.length), waits.length, w.seconds(middle / 1_000), w.seconds(slowest / 1_000))}
      {provider.value !== "" && ` ${w.hear.by(providerName(provider.value))}`}
    </p>
  );
}
