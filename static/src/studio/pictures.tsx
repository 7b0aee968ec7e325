// Small pictures of a fader's effect: the caller's words above, the assistant's below, time to the right. The text next to them says the same.
const WIDTH = 300;
/** The width of a millisecond. */
const PX_OF_MS = 0.06;

function Picture({ children }: { children: preact.ComponentChildren }) {
  return (
    <svg viewBox={`0 0 ${WIDTH} 24`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path class="eff-axis" d={`M0 7H${WIDTH}M0 18H${WIDTH}`} />
      {children}
    </svg>
  );
}

const bar = (kind: string, x: number, width: number) => {
  const y = kind === "eff-caller" ? 3.5 : 14.5;
  return <rect key={`${kind}${x}`} class={kind} x={x + 0.5} y={y} width={Math.max(0, width - 1)} height={7} rx={1.5} />;
};

/** The silence between the caller's last word and the answer. */
export function Answering({ afterMs }: { afterMs: number }) {
  const end = 90;
  const gap = Math.min(WIDTH - end - 30, afterMs * PX_OF_MS);
  return (
    <Picture>
      {bar("eff-caller", 0, end)}
      {gap > 2 && bar("eff-gap", end, gap)}
      {bar("eff-ada", end + gap, WIDTH - end - gap)}
    </Picture>
  );
}

/** How soon the assistant stops when the caller begins to speak, for the five ranges of the fader. */
export function GivingWay({ step }: { step: number }) {
  const begins = 110;
  const stops = begins + ([120, 75, 40, 18, 6][step] ?? 40);
  const was = 230;
  return (
    <Picture>
      {bar("eff-caller", begins, 130)}
      {bar("eff-ada", 0, stops)}
      {stops < was && bar("eff-cut", stops, was - stops)}
      <path class="eff-mark" d={`M${begins} 1V23`} />
    </Picture>
  );
}

/** The number of sentences in an answer. */
export function Sentences({ count, isShort }: { count: number; isShort: boolean }) {
  const width = isShort ? 28 : 44;
  return (
    <Picture>
      {bar("eff-caller", 0, 40)}
      {Array.from({ length: count }, (_, at) => bar("eff-ada", 52 + at * (width + 5), width))}
    </Picture>
  );
}

/** The same words, spoken slower or faster. */
export function Tempo({ percent }: { percent: number }) {
  const scale = 100 / percent;
  const words = [14, 26, 10, 32, 18];
  let x = 0;
  return (
    <Picture>
      {words.map((width) => {
        const at = x;
        x += (width + 6) * scale;
        return at + width * scale > WIDTH ? null : bar("eff-ada", at, width * scale);
      })}
    </Picture>
  );
}
