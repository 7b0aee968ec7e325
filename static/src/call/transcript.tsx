// The transcript, line by line, with the tools between the lines. With a recording, each line and each word is a position to jump to.
import type { ReadonlySignal } from "@preact/signals";
import type { VNode } from "preact";
import { useComputed } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { length, shortLength } from "../words/time";
import { Icon } from "../app/icons";
import { useRows } from "../app/rows";
import { inRecording, type Line, type Story, type Talk } from "./fold";
import { Log } from "./log";
import type { Mark } from "./marks";
import type { Playback } from "./playback";
import { More } from "./timeline";
import { w } from "./words";

/** The transcript; `playback` if there is a recording to jump to. */
export function Transcript(props: {
  story: Story;
  playback: Playback | null;
  since: number;
  isLive: boolean;
  /** The name of a person who talks with the caller, by their user id. */
  nameOf: (userId: string | null) => string;
  children?: preact.ComponentChildren;
}) {
  const { story, playback, since, isLive } = props;
  const log = useRef<HTMLDivElement>(null);
  const heading = useId();
  const current = useComputed(() => currentLine(story, playback?.positionMs.value ?? 0));
  const startOf = (line: Line) => (playback ? inRecording(story, line.startedAt) : null);
  const by = [playback, since, playback && story.stretches.length];
  const lines = useRows(story.lines, by, (line) => (
    <LineRow key={line.seq} {...{ line, since, playback, current, log }} startMs={startOf(line)} />
  ));
  const tools = useRows(story.tools, [since], (tool) => <ToolRow key={`tool-${tool.seq}`} tool={tool} since={since} />);
  const talks = useRows(story.talks, [since, story.talks.map(({ userId }) => props.nameOf(userId)).join()], (talk) => (
    <TalkRow key={`talk-${talk.seq}`} talk={talk} since={since} name={props.nameOf(talk.userId)} />
  ));
  const rows = inOrder(
    lines.map((row, at) => ({ row, at: story.lines[at]?.startedAt ?? 0 })),
    tools.map((row, at) => ({ row, at: story.tools[at]?.at ?? 0 })),
    talks.map((row, at) => ({ row, at: story.talks[at]?.startedAt ?? 0 })),
  );
  return (
    <section class="sheet transcript" aria-labelledby={heading}>
      <div class="top">
        <h2 id={heading}>{w.transcript.title}</h2>
      </div>
      {/* Every call has a mark of its beginning: if there is none, its journal was deleted. */}
      <Log box={log} count={rows.length} isLive={isLive} isDeleted={!isLive && story.marks.length === 0}>
        {rows}
        {isLive && story.speaking && <Speaking speaking={story.speaking} />}
      </Log>
      {props.children}
    </section>
  );
}

/** The rows of several lists, each in its order, merged by start time. */
function inOrder(...lists: { row: VNode; at: number }[][]): VNode[] {
  return lists
    .flat()
    .sort((one, other) => one.at - other.at)
    .map(({ row }) => row);
}

/** The party that is speaking: its line comes when they have finished, and replaces this one. */
export function Speaking({ speaking }: { speaking: NonNullable<Story["speaking"]> }) {
  return (
    <div class="line interim" aria-hidden="true">
      <div class="by">
        <span class="speaker">
          <SpeakerMark role={speaking.role} />
          {w.by[speaking.role]}
        </span>
      </div>
      <p class="said muted" dir="auto">{speaking.text || "…"}</p>
    </div>
  );
}

/** The shape for the speaker. */
export function SpeakerMark({ role }: { role: Line["role"] }) {
  return <span class={role === "caller" ? "who-mark caller" : "who-mark ada"} aria-hidden="true" />;
}

/** The row of a tool: running, and then how it ended. */
function ToolRow({ tool, since }: { tool: Mark; since: number }) {
  return (
    <div class={`tool-row ${tool.tone}`}>
      <Icon name={tool.icon} />
      <p>
        <b>{tool.title}</b> <span class="meta">{tool.detail}</span>
      </p>
      <span class="meta figure">{length(tool.at - since)}</span>
      <More of={tool} />
    </div>
  );
}

/** A time in which a person talked with the caller. */
function TalkRow({ talk, since, name }: { talk: Talk; since: number; name: string }) {
  const { startedAt, endedAt } = talk;
  return (
    <div class="tool-row">
      <Icon name="person" />
      <p>
        <b>{name}</b> {endedAt === null ? w.transcript.talks : w.transcript.talked(length(endedAt - startedAt))}{" "}
        <span class="meta">{w.transcript.notWritten}</span>
      </p>
      <span class="meta figure">{length(startedAt - since)}</span>
    </div>
  );
}

/** The `seq` of the line that is being played; 0 for none. */
function currentLine(story: Story, positionMs: number): number {
  if (positionMs === 0) return 0;
  const begun = story.lines.findLast((line) => (inRecording(story, line.startedAt) ?? Infinity) <= positionMs + 50);
  return begun?.seq ?? 0;
}

/** Scrolls to the line that is played. The page scrolls only if the user reads here: a user who writes a note, or is further down, stays there. */
function bringIntoView(row: HTMLElement, log: HTMLElement): void {
  const [line, box] = [row.getBoundingClientRect(), log.getBoundingClientRect()];
  const focused = document.activeElement;
  const writes = focused !== null && focused.matches("textarea, input") && focused.closest(".player") === null;
  if (!writes && box.bottom > 0 && box.top < innerHeight) row.scrollIntoView({ block: "nearest" });
  else if (line.top < box.top) log.scrollTop -= box.top - line.top;
  else if (line.bottom > box.bottom) log.scrollTop += line.bottom - box.bottom;
}

function LineRow(props: {
  line: Line;
  since: number;
  startMs: number | null;
  playback: Playback | null;
  current: ReadonlySignal<number>;
  log: { current: HTMLDivElement | null };
}) {
  const { line, startMs, playback, log } = props;
  const row = useRef<HTMLDivElement>(null);
  const isCurrent = props.current.value === line.seq;
  const seekable = playback !== null && startMs !== null;
  const who = w.by[line.role];
  const at = length(startMs ?? line.startedAt - props.since);
  useEffect(() => {
    if (isCurrent && playback?.playing.peek() && row.current && log.current) bringIntoView(row.current, log.current);
  }, [isCurrent, playback]);

  const seek = (event: MouseEvent, ms: number) => {
    playback?.seek(ms);
    // After a click Space should play, not click again; the focus of a keyboard user stays.
    if (event.detail > 0) log.current?.focus({ preventScroll: true });
  };
  return (
    <div ref={row} class={seekable ? "line seekable" : "line"} aria-current={isCurrent ? "true" : undefined}>
      <div class="by">
        <span class="speaker">
          <SpeakerMark role={line.role} />
          {who}
        </span>
        {seekable ? (
          <button
            type="button"
            class="figure"
            aria-label={w.transcript.goTo(at, who)}
            onClick={(event) => seek(event, startMs)}
          >
            {at}
          </button>
        ) : (
          <span class="at figure">{at}</span>
        )}
      </div>
      <p class="said" dir="auto">{seekable ? <Words line={line} startMs={startMs} playback={playback} seek={seek} /> : line.text}</p>
      {(line.interrupted || line.waitedMs !== null) && (
        <p class="notes meta">
          {line.waitedMs !== null && <span>{w.transcript.answered(shortLength(line.waitedMs))}</span>}
          {line.interrupted && <span>{w.transcript.cutShort}</span>}
        </p>
      )}
    </div>
  );
}

/** A line's words. Nobody reports when each was said: its share of the line's letters is close enough. */
function Words(props: {
  line: Line;
  startMs: number;
  playback: Playback;
  seek: (event: MouseEvent, ms: number) => void;
}) {
  const { line, startMs, playback } = props;
  const lengthMs = line.endedAt - line.startedAt;
  const letters = Math.max(1, line.text.length);
  const parts = line.text.split(/(\s+)/);
  let letter = 0;
  const places = parts.map((part) => {
    const fromMs = startMs + (letter / letters) * lengthMs;
    letter += part.length;
    return { part, fromMs, toMs: startMs + (letter / letters) * lengthMs };
  });
  const now = useComputed(() => {
    const position = playback.positionMs.value;
    return playback.playing.value ? places.findIndex(({ fromMs, toMs }) => position >= fromMs && position < toMs) : -1;
  });
  return (
    <>
      {places.map(({ part, fromMs }, index) =>
        part.trim() === "" ? (
          part
        ) : (
          // A shortcut for the pointer: by keyboard the line's button and the position slider do this.
          <span
            key={index}
            class={now.value === index ? "now" : undefined}
            onClick={(event) => props.seek(event, fromMs)}
          >
            {part}
          </span>
        ),
      )}
    </>
  );
}
