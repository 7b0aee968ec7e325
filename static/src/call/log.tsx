// The box of a transcript: it stays scrolled to its end, unless the user reads further up.
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import { w } from "./words";

/** Pixels from the end within which the log still counts as scrolled to its end. */
const AT_END_PX = 48;

/** A log with this many lines, named `name`. It exists before its first line, so that screen readers watch it. */
export function Log(props: {
  box: RefObject<HTMLDivElement | null>;
  name?: string;
  count: number;
  isLive: boolean;
  /** Whether the transcript was deleted. */
  isDeleted?: boolean;
  children: ComponentChildren;
}) {
  const { box, count, isLive } = props;
  const [unseen, setUnseen] = useState(false);
  const atEnd = useRef(true);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    if (isLive && count > 0 && atEnd.current) toEnd();
  });
  useLayoutEffect(() => {
    if (isLive && count > 0 && !atEnd.current) setUnseen(true);
  }, [count, isLive]);
  const scrolled = () => {
    const log = box.current;
    if (!log) return;
    atEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
    if (atEnd.current) setUnseen(false);
  };
  return (
    <>
      <div ref={box} class="log" role="log" aria-label={props.name ?? w.transcript.title} tabIndex={0} onScroll={scrolled}>
        {count === 0 && <p class="muted">{isLive ? w.transcript.nothingYet : props.isDeleted ? w.transcript.deleted : w.transcript.nothing}</p>}
        {props.children}
      </div>
      {unseen && (
        <button
          type="button"
          class="chip primary"
          onClick={() => {
            toEnd();
            setUnseen(false);
            box.current?.focus({ preventScroll: true });
          }}
        >
          <Icon name="down" />
          {w.transcript.newMessages}
        </button>
      )}
    </>
  );
}
