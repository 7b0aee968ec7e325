// The recording: two lanes, and the playback controls.
import { useEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../api/client";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { colours } from "../app/theme";
import { colourOf } from "../app/token-colour";
import { length, lengthInWords, shortLength } from "../words/time";
import { outlineOf } from "./peaks";
import type { Playback } from "./playback";
import { w } from "./words";

const SPEEDS = [1, 1.5, 2];
const LANE_PX = 48;
/** How far an arrow key moves; the pointer moves in steps of tenths. */
const ARROW_MS = 1_000;

interface PlayerProps {
  url: string;
  playback: Playback;
  /** Whether the caller has heard anybody besides the assistant. */
  hasPeople: boolean;
  /** How much of the call is missing in it, in ms. */
  lostMs: number;
}

/** The player of a recording at `url`. */
export function Player({ url, playback, hasPeople, lostMs }: PlayerProps) {
  useSpaceKey(playback);
  const position = playback.positionMs.value;
  const whole = playback.durationMs.value;
  return (
    <section class="sheet player" aria-labelledby="recording">
      <h2 id="recording" class="hidden">
        {w.recording}
      </h2>
      <div class="transport">
        <button type="button" class="primary" onClick={() => playback.toggle()}>
          <Icon name={playback.playing.value ? "pause" : "play"} />
          {playback.playing.value ? w.player.pause : w.player.play}
        </button>
        <span class="clock">
          <b>{length(position)}</b> <span class="meta">{w.player.of(length(whole))}</span>
        </span>
        <input
          type="range"
          aria-label={w.player.position}
          min={0}
          max={(whole / 1000).toFixed(1)}
          step={0.1}
          value={(position / 1000).toFixed(1)}
          aria-valuetext={w.player.at(lengthInWords(position), lengthInWords(whole))}
          onInput={(event) => playback.seek(event.currentTarget.valueAsNumber * 1000)}
          onKeyDown={(event) => arrow(event, playback)}
        />
        <fieldset class="segmented" aria-label={w.player.speed}>
          {SPEEDS.map((speed) => (
            <label key={speed}>
              <input
                type="radio"
                name="speed"
                aria-label={w.player.speedOf(number(speed))}
                checked={playback.speed.value === speed}
                onChange={() => playback.setSpeed(speed)}
              />
              <span aria-hidden="true">{number(speed)}×</span>
            </label>
          ))}
        </fieldset>
        <a class="btn" href={url} download>
          <Icon name="download" />
          {w.player.download}
        </a>
      </div>
      <p class="error" role="alert">
        {playback.isUnreadable.value ? w.player.unreadable : ""}
      </p>
      <Lost ms={lostMs} />
      <Lanes url={url} playback={playback} hasPeople={hasPeople} />
    </section>
  );
}

/** How much of a call was not recorded, if any. */
export function Lost({ ms }: { ms: number }) {
  return ms > 0 ? <p class="notice warn">{w.lost(shortLength(ms))}</p> : null;
}

/** The outline of both sides, drawn by wavesurfer.js, which is loaded for it. */
function Lanes({ url, playback, hasPeople }: { url: string; playback: Playback; hasPeople: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [error, setError] = useState("");
  const [attempt, setAttempt] = useState(0);
  const isUnreadable = playback.isUnreadable.value;
  useEffect(() => {
    // A recording that can be read again has an outline again.
    if (isUnreadable || error === "") return;
    setError("");
    setAttempt(attempt + 1);
  }, [isUnreadable]);
  useEffect(() => {
    const aborted = new AbortController();
    let end = () => {};
    const draw = async () => {
      const [{ default: WaveSurfer }, outline] = await Promise.all([
        import("wavesurfer.js/dist/wavesurfer.js"),
        outlineOf(url, aborted.signal),
      ]);
      const container = box.current;
      if (!container || aborted.signal.aborted) return;
      const wave = WaveSurfer.create({
        container,
        media: playback.audio,
        peaks: outline.channels,
        duration: outline.durationMs / 1000,
        height: LANE_PX,
        normalize: true,
        barWidth: 2,
        barGap: 1,
        barRadius: 1,
        splitChannels: lanesIn(container),
        cursorColor: colourOf(container, "--ink"),
        dragToSeek: true,
      });
      const unsubscribe = colours.subscribe(() => {
        wave.setOptions({ splitChannels: lanesIn(container), cursorColor: colourOf(container, "--ink") });
      });
      end = () => {
        unsubscribe();
        wave.destroy();
      };
    };
    draw().catch((fault: unknown) => {
      // The browser's own message about a broken connection is not meant for users.
      if (!aborted.signal.aborted) setError(fault instanceof TypeError ? w.player.unreadable : messageOf(fault));
    });
    return () => {
      aborted.abort();
      end();
    };
  }, [url, attempt]);
  // The player already says that it can't read the recording.
  if (error !== "") return isUnreadable ? null : <p class="error">{error}</p>;
  const others = hasPeople ? w.player.withPeople : w.by.assistant;
  return (
    <div class="lanes">
      <div class="names">
        <span>
          <span class="who-mark caller" aria-hidden="true" />
          {w.by.caller}
        </span>
        <span>
          <span class="who-mark ada" aria-hidden="true" />
          {others}
        </span>
      </div>
      <div
        ref={box}
        class="wave"
        role="img"
        aria-label={w.player.lanes(others)}
      />
    </div>
  );
}

function lanesIn(container: Element) {
  const ahead = colourOf(container, "--edge");
  const lane = (token: string) => ({ height: LANE_PX, waveColor: ahead, progressColor: colourOf(container, token) });
  return [lane("--caller"), lane("--ada")];
}

function arrow(event: KeyboardEvent, playback: Playback): void {
  const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
  if (way === undefined) return;
  event.preventDefault();
  playback.seek(playback.positionMs.peek() + way * ARROW_MS);
}

/** Space plays and pauses, wherever it does nothing else. */
function useSpaceKey(playback: Playback): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest("button, input, select, textarea, a, summary, dialog")) return;
      event.preventDefault();
      // A held key repeats.
      if (!event.repeat) playback.toggle();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [playback]);
}
