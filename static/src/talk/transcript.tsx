// The words of a visitor and the assistant, as the server sends them.
import { useLayoutEffect, useRef } from "preact/hooks";
import type { SaidLine } from "../audio/party";
import { w } from "./words";

/** The speaker of a line: name, shape and colour. */
const speakers: Record<SaidLine["by"], { name: string; who: "caller" | "ada" }> = {
  visitor: { name: w.you, who: "caller" },
  assistant: { name: w.others.assistant.name, who: "ada" },
};

/** Up to this many pixels from the end, the transcript follows the newest line. */
const AT_END_PX = 24;

/** The words of a call, the newest at the end. */
export function Transcript({ lines, isWithPerson }: { lines: SaidLine[]; isWithPerson: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines]);
  return (
    <section class="words" aria-labelledby="said">
      <h2 id="said" class="caps">
        {w.said}
      </h2>
      <div
        ref={box}
        class="bubbles"
        role="log"
        aria-labelledby="said"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
        }}
      >
        {lines.map(({ number, by, text }) => (
          <div key={number} class={`bubble ${speakers[by].who}`}>
            <p class="bubble-by">
              <span class={`who-mark ${speakers[by].who}`} aria-hidden="true" />
              {speakers[by].name}
            </p>
            <p class="said-box" dir="auto">{text}</p>
          </div>
        ))}
      </div>
      {isWithPerson && <p class="meta">{w.notWritten}</p>}
      {!isWithPerson && lines.length === 0 && <p class="meta">{w.wordsCome}</p>}
    </section>
  );
}
