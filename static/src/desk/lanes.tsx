// The lanes of a live call: one each for caller, assistant and agent, drawn from the sound that this browser hears and sends, and from the server's
// reports about the assistant.
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { eachFrame } from "../app/frames";
import { strokeStill } from "../app/still-lane";
import { colours } from "../app/theme";
import { colourOf } from "../app/token-colour";
import { isMuted } from "./acts";
import { voices } from "./audio";
import { useRecord } from "./records";
import { listed } from "../app/language";
import { w } from "./words/parts";

/** The time that a lane's width shows, in ms. */
const WIDTH_MS = 8_000;
/** A party with a level above this is speaking. */
const HEARD = 0.02;
/** After this much silence a party's turn is over, in ms. */
const TURN_OVER_MS = 700;
/** The level drawn for the assistant: only whether it speaks is known. */
const ASSISTANT_LEVEL = 0.5;
const LANE_PX = 28;
/** A new level is sampled after this long, in ms; the picture moves with every frame. */
const SAMPLE_MS = 40;
/** The width is measured again after this long, in ms: measuring it in every frame would lay out the whole page. */
const LOOKS_MS = 500;

/** Sound that lasts this long is the caller's, and not the rest of a briefing, in ms. */
const SPEECH_MS = 500;
/** More calls than an agent has at once. */
const KEPT_CALLS = 10;

/** The newest calls whose caller was heard here: what they say only to an agent is in no journal. */
export const heard = signal<readonly string[]>([]);

const lanes = [w.caller, w.assistant, w.agent] as const;
const SPEAKERS = ["caller", "ada", "agent"] as const;
const LANE_TOKENS = ["--caller", "--ada", "--agent"] as const;

/** The levels at a moment: one for each lane, 0 to 1. */
interface Sample {
  at: number;
  levels: readonly [number, number, number];
}

/** The lanes. Who speaks is also there as text, which a screen reader reads only on request: agents hear who speaks, and an announcement of each turn
 * would speak over the caller. */
export function Lanes({ call }: { call: AgentCall }) {
  const { story } = useRecord(call.call_id);
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef(call);
  now.current = call;
  const [speaker, setSpeaker] = useState("");
  useEffect(() => {
    const samples: Sample[] = [];
    const lastHeard = [0, 0, 0];
    let shown = "";
    /** Reads the current levels, and who has the turn. */
    const look = () => {
      const at = Date.now();
      if (at - (samples.at(-1)?.at ?? 0) < SAMPLE_MS) return;
      const levels = levelsOf(now.current, story.peek().speaking?.role === "assistant");
      const isSpeech = levels[0] > HEARD && samples.some((one) => one.levels[0] > HEARD && at - one.at > SPEECH_MS);
      if (isSpeech && isAlone(now.current)) hear(now.current);
      samples.push({ at, levels });
      while ((samples[0]?.at ?? at) < at - WIDTH_MS) samples.shift();
      levels.forEach((level, lane) => {
        if (level > HEARD) lastHeard[lane] = at;
      });
      const who = lanes.filter((_, lane) => at - (lastHeard[lane] ?? 0) < TURN_OVER_MS);
      const words = who.length === 0 ? shown : w.lanes.speaking(listed(who));
      if (words !== shown) {
        shown = words;
        setSpeaker(words);
      }
    };
    const paint = new Paint();
    let drawn: string | null = null;
    return eachFrame(
      () => {
        look();
        drawLanes(canvas.current, paint, samples, bargeInsOf(story.peek().marks));
      },
      () => {
        // With reduced motion the picture does not run: a still level, drawn again when another party speaks.
        look();
        const picture = `${shown} ${colours.peek()}`;
        if (drawn === picture) return;
        drawn = picture;
        drawStill(canvas.current, paint, samples.at(-1)?.levels ?? [0, 0, 0]);
      },
      () => {
        drawn = null;
      },
    );
  }, [story]);
  return (
    <div class="lanes">
      <div class="lane-names" aria-hidden="true">
        {lanes.map((name, lane) => (
          <span key={name} class="lane-name">
            <span class={`who-mark ${SPEAKERS[lane] ?? ""}`} />
            {name}
          </span>
        ))}
      </div>
      <canvas ref={canvas} role="img" aria-label={w.lanes.name} height={LANE_PX * lanes.length} />
      <p class="meta" role="note" aria-label={w.lanes.told}>
        {speaker}
      </p>
    </div>
  );
}

/** Whether the caller is the only other party, so that all sound is theirs. */
function isAlone({ others, outsiders, supervisors }: AgentCall): boolean {
  return others.length + outsiders.length + supervisors.length === 0;
}

function hear({ call_id }: AgentCall): void {
  const before = heard.peek();
  if (!before.includes(call_id)) heard.value = [call_id, ...before].slice(0, KEPT_CALLS);
}

/** The current level of each lane. A party on hold or muted is silent. */
function levelsOf(call: AgentCall, isAssistantSpeaking: boolean): [number, number, number] {
  const voice = voices.peek().get(call.call_id);
  const talks = call.state === "talking";
  const caller = talks ? (voice?.earLevel.peek() ?? 0) : 0;
  const isSilent = !talks || isMuted(call.call_id, call.is_muted);
  return [caller, isAssistantSpeaking ? ASSISTANT_LEVEL : 0, isSilent ? 0 : (voice?.ownLevel.peek() ?? 0)];
}

/** When the caller has interrupted the assistant. */
function bargeInsOf(marks: readonly { at: number; icon: string }[]): number[] {
  return marks.filter(({ icon }) => icon === "cut").map(({ at }) => at);
}

/** The drawing surface: a pen, the width in pixels, and the colour of each lane. */
interface Drawing {
  pen: CanvasRenderingContext2D;
  width: number;
  laneColours: readonly string[];
}

/** Prepares the canvas for a new drawing. */
class Paint {
  private lookedAt = 0;
  private coloursSeen = -1;
  private laneColours: readonly string[] = [];

  on(canvas: HTMLCanvasElement | null): Drawing | null {
    const pen = canvas?.getContext("2d");
    const around = canvas?.parentElement;
    if (!canvas || !pen || !around) return null;
    if (Date.now() - this.lookedAt > LOOKS_MS) {
      this.lookedAt = Date.now();
      const { clientWidth } = canvas;
      if (clientWidth > 0 && canvas.width !== clientWidth) canvas.width = clientWidth;
    }
    if (this.coloursSeen !== colours.peek()) {
      this.coloursSeen = colours.peek();
      this.laneColours = LANE_TOKENS.map((token) => colourOf(around, token));
    }
    pen.clearRect(0, 0, canvas.width, canvas.height);
    return { pen, width: canvas.width, laneColours: this.laneColours };
  }
}

function drawLanes(
  canvas: HTMLCanvasElement | null,
  paint: Paint,
  samples: readonly Sample[],
  bargeIns: readonly number[],
): void {
  const on = paint.on(canvas);
  if (!on) return;
  const { pen, width, laneColours } = on;
  const end = Date.now();
  const placeOf = (at: number) => width - ((end - at) / WIDTH_MS) * width;
  const sampleWidth = Math.max(2, (SAMPLE_MS / WIDTH_MS) * width - 1);
  lanes.forEach((_, lane) => {
    const middle = LANE_PX * (lane + 0.5);
    pen.fillStyle = laneColours[lane] ?? "";
    pen.fillRect(0, middle, width, 1);
    for (const { at, levels } of samples) {
      const height = Math.min(1, (levels[lane] ?? 0) * 2) * (LANE_PX - 6);
      if (height > 1) pen.fillRect(placeOf(at) - sampleWidth, middle - height / 2, sampleWidth, height);
    }
  });
  // The caller has interrupted the assistant: a mark through both of their lanes.
  pen.fillStyle = laneColours[0] ?? "";
  for (const at of bargeIns) if (end - at < WIDTH_MS) pen.fillRect(placeOf(at), 0, 2, LANE_PX * 2);
}

function drawStill(canvas: HTMLCanvasElement | null, paint: Paint, levels: readonly number[]): void {
  const on = paint.on(canvas);
  if (!on) return;
  const { pen, width, laneColours } = on;
  levels.forEach((level, lane) => {
    const middle = LANE_PX * (lane + 0.5);
    pen.fillStyle = laneColours[lane] ?? "";
    pen.fillRect(0, middle, width, 1);
    if (level > HEARD) strokeStill(pen, width, { middle, height: LANE_PX - 6 });
  });
}
