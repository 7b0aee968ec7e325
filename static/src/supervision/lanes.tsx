// The lanes of the call in the drawer: one for each party. The server reports the caller's and the assistant's turns; the level comes from the sound
// that this browser hears, if it listens.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ReadonlySignal } from "@preact/signals";
import type { Story } from "../call/fold";
import type { Ear } from "./ear";
import { w } from "./words";

type Who = "caller" | "ada" | "agent";

/** The time between two strokes of a lane, in ms. */
const STEP_MS = 120;
/** The number of strokes in a lane. */
const STROKES = 80;
/** A party with a level above this is speaking. */
const HEARD = 0.02;
/** The level drawn for a turn that is only reported by the server. */
const TOLD = 0.45;
/** The height of a lane's picture. */
const HIGH = 28;

/** The lanes; `agent`: the agent who has the caller instead of the assistant, otherwise null. */
export function CallLanes({ story, ear, agent }: { story: ReadonlySignal<Story>; ear: Ear; agent: string | null }) {
  const lanes: Who[] = ["caller", agent === null ? "ada" : "agent"];
  const strokes = useRef<Record<Who, number[]>>({ caller: [], ada: [], agent: [] });
  const [, again] = useState(0);
  const [speaker, setSpeaker] = useState<Who | null>(null);
  const isCalm = useRef(matchMedia("(prefers-reduced-motion: reduce)"));
  useEffect(() => {
    const timer = setInterval(() => {
      const role = story.peek().speaking?.role;
      const heard = ear.stand.peek() === "live" ? ear.level.peek() : null;
      // An agent's turns are not reported: any sound that belongs to nobody else is theirs.
      const isAgents = role === undefined && agent !== null && heard !== null && heard > HEARD;
      const who: Who | null = role === "caller" ? "caller" : role === "assistant" ? "ada" : isAgents ? "agent" : null;
      for (const lane of ["caller", "ada", "agent"] as const) {
        const loud = lane === who ? (heard ?? TOLD) : 0;
        const all = strokes.current[lane];
        all.push(loud);
        if (all.length > STROKES) all.shift();
      }
      if (who !== null) setSpeaker(who);
      if (!isCalm.current.matches) again((count) => count + 1);
    }, STEP_MS);
    return () => clearInterval(timer);
  }, [story, ear, agent]);
  const names: Record<Who, string> = { caller: w.lanes.caller, ada: w.lanes.assistant, agent: agent ?? "" };
  return (
    <>
      <div class="lanes drawer-lanes" aria-hidden="true">
        {lanes.map((lane) => (
          <Lane key={lane} lane={lane} name={names[lane]} strokes={strokes.current[lane]} isCalm={isCalm.current.matches} />
        ))}
      </div>
      {/* Not announced: each turn would be, while the supervisor listens. */}
      <p class="meta">
        {speaker === null ? w.lanes.silent : w.lanes.speaks(names[speaker])}
      </p>
    </>
  );
}

function Lane({ lane, name, strokes, isCalm }: { lane: Who; name: string; strokes: readonly number[]; isCalm: boolean }) {
  const path = isCalm ? still(strokes.at(-1) ?? 0) : strokes.map((loud, at) => stroke(STROKES - strokes.length + at, loud)).join("");
  return (
    <>
      <span class="lane-name">
        <span class={`who-mark ${lane}`} />
        {name}
      </span>
      <svg class="wave" viewBox={`0 0 ${STROKES} ${HIGH}`} preserveAspectRatio="none" focusable="false">
        <path class="axis" d={`M0 ${HIGH / 2}H${STROKES}`} />
        <path class={lane} d={path} />
      </svg>
    </>
  );
}

function stroke(x: number, loud: number): string {
  if (loud <= HEARD) return "";
  const high = Math.min(1, 0.15 + loud * 1.6) * (HIGH / 2 - 2);
  return `M${x + 0.5} ${HIGH / 2 - high}V${HIGH / 2 + high}`;
}

/** With reduced motion: a bar whose length is the level. */
function still(loud: number): string {
  return loud <= HEARD ? "" : `M0 ${HIGH / 2}H${Math.min(1, 0.2 + loud) * STROKES}`;
}
