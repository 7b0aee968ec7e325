// What a visitor and the assistant have said, as the server tells it.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SaidLine } from "../audio/socket";

const names: Record<SaidLine["by"], string> = { visitor: "You", assistant: "Assistant" };

/** Nearer to the end than this many pixels, whoever reads wants the newest line. */
const AT_END_PX = 24;

/** The words of a call, the newest at the end. */
export function Transcript({ lines, isWithPerson }: { lines: SaidLine[]; isWithPerson: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines.length]);
  return (
    <section class="words sheet" aria-labelledby="said">
      <h2 id="said">What was said</h2>
      <div
        ref={box}
        role="log"
        aria-labelledby="said"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
        }}
      >
        {lines.map(({ number, by, text }) => (
          <p key={number} class={by}>
            <strong>{names[by]}</strong>
            <span>{text}</span>
          </p>
        ))}
      </div>
      {isWithPerson && <p class="meta muted">What you and a person say is not written here.</p>}
      {!isWithPerson && lines.length === 0 && <p class="meta muted">Words come here a moment after they are said.</p>}
    </section>
  );
}
