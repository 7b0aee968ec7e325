// The transcript and events of the agent's call, live.
import { useRef } from "preact/hooks";
import { Log } from "../call/log";
import { agentName } from "../call/people";
import { Timeline } from "../call/timeline";
import { SpeakerMark, Speaking, Transcript } from "../call/transcript";
import { heard } from "./lanes";
import { useRecord } from "./records";
import { w } from "./words/parts";

/** The whole record. */
export function Record({ callId }: { callId: string }) {
  const record = useRecord(callId);
  const { story, call } = record;
  const since = Date.parse(call.value?.started_at ?? new Date().toISOString());
  return (
    <>
      <Writing is={story.value.isWriting && !heard.value.includes(callId) && call.value?.state !== "ended"} />
      <Transcript
        story={story.value}
        playback={null}
        since={since}
        isLive={call.value?.state !== "ended"}
        nameOf={(userId) => agentName(call.value ?? { agents: [] }, userId)}
      />
      <details class="happened">
        <summary>{w.happened}</summary>
        <Timeline marks={story.value.marks} since={since} />
      </details>
    </>
  );
}

/** Says that the caller writes: an agent who only talks to them may not be heard. */
function Writing({ is }: { is: boolean }) {
  return (
    <p class="also" role="status" aria-label={w.writing.name}>
      {is && w.writing.text}
    </p>
  );
}

/** The transcript so far, for the card of a call. */
export function SoFar({ callId }: { callId: string }) {
  const story = useRecord(callId).story.value;
  const box = useRef<HTMLDivElement>(null);
  return (
    <div class="so-far">
      <Writing is={story.isWriting} />
      <Log box={box} name={w.soFar} count={story.lines.length} isLive>
        {story.lines.map((line) => (
          <div key={line.seq} class="line">
            <div class="by">
              <span class="speaker">
                <SpeakerMark role={line.role} />
                {line.role === "caller" ? w.caller : w.assistant}
              </span>
            </div>
            <p class="said" dir="auto">{line.text}</p>
          </div>
        ))}
        {story.speaking && <Speaking speaking={story.speaking} />}
      </Log>
    </div>
  );
}
