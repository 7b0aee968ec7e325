// A message of a page in place of its form.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Text that replaces something else. It takes the focus, so that a screen reader announces it. */
export function Notice({ children }: { children: ComponentChildren }) {
  const words = useRef<HTMLDivElement>(null);
  useEffect(() => words.current?.focus(), []);
  return (
    <div ref={words} class="told" tabIndex={-1}>
      {children}
    </div>
  );
}
