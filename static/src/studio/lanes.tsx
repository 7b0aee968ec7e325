// The lanes of a test call: one for the caller and one for the assistant, from the sound that this page sends and plays.
import { useEffect, useRef } from "preact/hooks";
import { eachFrame } from "../app/frames";
import { strokeStill } from "../app/still-lane";
import { colours } from "../app/theme";
import { colourOf } from "../app/token-colour";
import type { WebCall } from "../audio/web-call";
import type { Story } from "../call/fold";
import { w } from "./words";

const WIDTH_MS = 8_000;
const SAMPLE_MS = 60;
const LANE_PX = 26;
/** A party with a level above this is speaking. */
const HEARD = 0.02;
const TOKENS = ["--caller", "--ada", "--missed", "--line"] as const;

interface Sample {
  at: number;
  levels: readonly [number, number];
}

/** The lanes; `spoken` is their content as text. */
export function Lanes({ call, story }: { call: WebCall; story: Story | null }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const told = useRef(story);
  told.current = story;
  useEffect(() => {
    const samples: Sample[] = [];
    let inks: string[] = [];
    let seen = -1;
    const look = () => {
      const at = Date.now();
      if (at - (samples.at(-1)?.at ?? 0) < SAMPLE_MS) return;
      samples.push({ at, levels: [call.ownLevel.peek(), call.earLevel.peek()] });
      while ((samples[0]?.at ?? at) < at - WIDTH_MS) samples.shift();
    };
    const draw = (isStill: boolean) => {
      const board = canvas.current;
      const pen = board?.getContext("2d");
      if (!board || !pen || !board.parentElement) return;
      if (board.clientWidth > 0 && board.width !== board.clientWidth) board.width = board.clientWidth;
      if (seen !== colours.peek()) {
        seen = colours.peek();
        inks = TOKENS.map((token) => colourOf(board.parentElement ?? board, token));
      }
      const { width } = board;
      pen.clearRect(0, 0, width, board.height);
      const now = Date.now();
      const placeOf = (at: number) => width - ((now - at) / WIDTH_MS) * width;
      for (const lane of [0, 1] as const) {
        const middle = LANE_PX * (lane + 0.5);
        pen.fillStyle = inks[3] ?? "";
        pen.fillRect(0, middle, width, 1);
        pen.fillStyle = inks[lane] ?? "";
        if (isStill) {
          // With reduced motion: still strokes while a party speaks.
          if ((samples.at(-1)?.levels[lane] ?? 0) > HEARD) strokeStill(pen, width, { middle, height: LANE_PX - 6 });
          continue;
        }
        for (const { at, levels } of samples) {
          const height = Math.min(1, levels[lane] * 2) * (LANE_PX - 6);
          if (height > 1.5) pen.fillRect(placeOf(at), middle - height / 2, 2, height);
        }
      }
      pen.fillStyle = inks[2] ?? "";
      for (const mark of told.current?.marks ?? []) {
        if (mark.icon === "cut" && now - mark.at < WIDTH_MS) pen.fillRect(placeOf(mark.at), 0, 2, LANE_PX * 2);
      }
    };
    return eachFrame(
      () => {
        look();
        draw(false);
      },
      () => {
        look();
        draw(true);
      },
    );
  }, [call]);
  return (
    <div class="test-lanes">
      <div class="names" aria-hidden="true">
        <span>
          <span class="who-mark caller" />
          {w.hear.you}
        </span>
        <span>
          <span class="who-mark ada" />
          {w.hear.assistant}
        </span>
      </div>
      <canvas ref={canvas} role="img" aria-label={w.hear.lanes} height={LANE_PX * 2} />
    </div>
  );
}
