// A message of a page in place of its form.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Heading } from "../app/parts";

/** A page that has only a message, above the ways on from it. */
export function Told(props: { title: string; heading: string; text: ComponentChildren; children: ComponentChildren }) {
  const { title, heading, text, children } = props;
  return (
    <>
      <Heading title={title}>{heading}</Heading>
      <Notice>
        <p>{text}</p>
      </Notice>
      {children}
    </>
  );
}

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
