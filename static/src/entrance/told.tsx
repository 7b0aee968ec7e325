// Message of a page in place of its form.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Words that have come in the place of something else. They take the focus, so that a screen reader says them. */
export function Notice({ children }: { children: ComponentChildren }) {
  const words = useRef<HTMLDivElement>(null);
  useEffect(() => words.current?.focus(), []);
  return (
    <div ref={words} class="told" tabIndex={-1}>
      {children}
    </div>
  );
}
