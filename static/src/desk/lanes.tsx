// Who speaks on a call, as it goes on: a lane each for caller, assistant and agent, drawn from what this browser hears and sends and
// from what the server tells of the assistant.
import { useEffect, useRef, useState } from "preact/hooks";
import type { AgentCall } from "../api/model";
import { isMuted } from "./acts";
import { voices } from "./audio";
import { useRecord } from "./records";

/** What a lane's width shows, in ms. */
const WIDTH_MS = 8_000;
/** Louder than this somebody speaks. */
const HEARD = 0.02;
/** Who has been silent for so long has had their turn, in ms. */
const TURN_OVER_MS = 700;
/** Of the assistant it is known that it speaks, and not how loud. */
const ASSISTANT_LEVEL = 0.5;
const LANE_PX = 28;
/** A level is new after so long, in ms; the picture moves with every frame. */
const SAMPLE_MS = 40;
/** Colours and width are looked up again after so long, in ms: asking for them at every frame would lay out the whole page. */
const LOOKS_MS = 500;

const lanes = ["Caller", "Assistant", "Agent"] as const;

/** What was heard at a moment: a level for each lane, 0 to 1. */
interface Sample {
  at: number;
  levels: readonly [number, number, number];
}

/** The lanes. What they show is also told in words, once for each turn. */
export function Lanes({ call }: { call: AgentCall }) {
  const { story } = useRecord(call.call_id);
  const canvas = useRef<HTMLCanvasElement>(null);
  const now = useRef(call);
  now.current = call;
  const [speaker, setSpeaker] = useState("");
  useEffect(() => {
    const samples: Sample[] = [];
    const lastHeard = [0, 0, 0];
    let told = "";
    /** What is heard now, and who has the turn. */
    const look = () => {
      const at = Date.now();
      if (at - (samples.at(-1)?.at ?? 0) < SAMPLE_MS) return;
      const levels = levelsOf(now.current, story.peek().speaking?.role === "assistant");
      samples.push({ at, levels });
      while ((samples[0]?.at ?? at) < at - WIDTH_MS) samples.shift();
      levels.forEach((level, lane) => {
        if (level > HEARD) lastHeard[lane] = at;
      });
      const who = lanes.filter((_, lane) => at - (lastHeard[lane] ?? 0) < TURN_OVER_MS);
      const words = who.length === 0 ? told : `${who.join(" and ")} speaking`;
      if (words !== told) {
        told = words;
        setSpeaker(words);
      }
    };
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    let frame = 0;
    let timer: ReturnType<typeof setInterval> | undefined;
    const paint = new Paint();
    const draw = () => {
      look();
      drawLanes(canvas.current, paint, samples, bargeInsOf(story.peek().marks));
      frame = requestAnimationFrame(draw);
    };
    const begin = () => {
      cancelAnimationFrame(frame);
      clearInterval(timer);
      if (!still.matches) return draw();
      // Without motion there is no picture that runs: a level that stands, drawn anew where somebody else speaks.
      let drawn: string | null = null;
      const step = () => {
        look();
        if (drawn === told) return;
        drawn = told;
        drawStill(canvas.current, paint, samples.at(-1)?.levels ?? [0, 0, 0]);
      };
      step();
      timer = setInterval(step, 250);
    };
    begin();
    still.addEventListener("change", begin);
    return () => {
      still.removeEventListener("change", begin);
      cancelAnimationFrame(frame);
      clearInterval(timer);
    };
  }, [story]);
  return (
    <div class="lanes">
      <div class="lane-names" aria-hidden="true">
        {lanes.map((name) => (
          <span key={name}>{name}</span>
        ))}
      </div>
      <canvas ref={canvas} role="img" aria-label="Who speaks: caller, assistant and agent" height={LANE_PX * lanes.length} />
      <p class="meta" role="status" aria-label="Who speaks">
        {speaker}
      </p>
    </div>
  );
}

/** How loud each lane is now. Who is on hold is heard by nobody, nor is who is muted. */
function levelsOf(call: AgentCall, isAssistantSpeaking: boolean): [number, number, number] {
  const voice = voices.peek().get(call.call_id);
  const talks = call.state === "talking";
  const caller = talks ? (voice?.earLevel.peek() ?? 0) : 0;
  const isSilent = !talks || isMuted(call.call_id, call.is_muted);
  return [caller, isAssistantSpeaking ? ASSISTANT_LEVEL : 0, isSilent ? 0 : (voice?.ownLevel.peek() ?? 0)];
}

/** When the caller has cut the assistant short. */
function bargeInsOf(marks: readonly { at: number; icon: string }[]): number[] {
  return marks.filter(({ icon }) => icon === "cut").map(({ at }) => at);
}

/** A pen for a canvas of which nothing is drawn, and the colour of each lane. */
class Paint {
  private lookedAt = 0;
  private colours: string[] = [];

  on(canvas: HTMLCanvasElement | null): { pen: CanvasRenderingContext2D; width: number; colours: string[] } | null {
    const pen = canvas?.getContext("2d");
    if (!canvas || !pen) return null;
    if (Date.now() - this.lookedAt > LOOKS_MS) {
      this.lookedAt = Date.now();
      const { clientWidth } = canvas;
      if (clientWidth > 0 && canvas.width !== clientWidth) canvas.width = clientWidth;
      const style = getComputedStyle(canvas);
      this.colours = ["--accent", "--muted", "--ok"].map((name) => style.getPropertyValue(name).trim() || style.color);
    }
    pen.clearRect(0, 0, canvas.width, canvas.height);
    return { pen, width: canvas.width, colours: this.colours };
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
  const { pen, width, colours } = on;
  const end = Date.now();
  const placeOf = (at: number) => width - ((end - at) / WIDTH_MS) * width;
  const sampleWidth = Math.max(2, (SAMPLE_MS / WIDTH_MS) * width - 1);
  lanes.forEach((_, lane) => {
    const middle = LANE_PX * (lane + 0.5);
    pen.fillStyle = colours[lane] ?? "";
    pen.fillRect(0, middle, width, 1);
    for (const { at, levels } of samples) {
      const height = Math.min(1, (levels[lane] ?? 0) * 2) * (LANE_PX - 6);
      if (height > 1) pen.fillRect(placeOf(at) - sampleWidth, middle - height / 2, sampleWidth, height);
    }
  });
  // The caller has cut the assistant short: a mark through both of their lanes.
  pen.fillStyle = colours[0] ?? "";
  for (const at of bargeIns) if (end - at < WIDTH_MS) pen.fillRect(placeOf(at), 0, 2, LANE_PX * 2);
}

function drawStill(canvas: HTMLCanvasElement | null, paint: Paint, levels: readonly number[]): void {
  const on = paint.on(canvas);
  if (!on) return;
  const { pen, width, colours } = on;
  levels.forEach((level, lane) => {
    pen.fillStyle = colours[lane] ?? "";
    pen.fillRect(0, LANE_PX * lane + 6, level > HEARD ? width * 0.5 : 2, LANE_PX - 12);
  });
}
