// Small components that several pages use.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Call } from "../api/model";
import { causeInWords, isBadEnd, stateWords } from "../words/call";
import { fullTime, shortTime } from "../words/time";
import { Icon } from "./icons";
import { now } from "./now";
import { arrived } from "./router";
import { pageTitle } from "./title";
import { w } from "./words";

/** The page's only h1, and its title. It takes the focus when the user comes from another page, so that a screen reader announces the page; a page
 * that was loaded begins at its top. */
export function Heading({ title, children }: { title: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  useEffect(() => {
    if (arrived()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  );
}

/** A time on the business's clock, or in the given zone, with the zone on hover. */
export function When({ at, zone }: { at: string; zone?: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={fullTime(moment, zone)}>
      {shortTime(moment, new Date(now.value), zone)}
    </time>
  );
}

/** The state of a call, or why it ended: a shape, a glyph and words, never colour alone. */
export function StateBadge({ call }: { call: Call }) {
  switch (call.state) {
    case "live":
      return (
        <span class="state live">
          <Icon name="voice" />
          {stateWords.live}
        </span>
      );
    case "ended":
      return (
        <span class={isBadEnd(call.hangup_cause) ? "state missed" : "state ended"}>
          <Icon name={isBadEnd(call.hangup_cause) ? "warning" : "stop"} />
          {causeInWords(call)}
        </span>
      );
    default:
      return (
        <span class="state ringing">
          <Icon name="ring" />
          {stateWords[call.state]}
        </span>
      );
  }
}

/** A confirmation before something that can't be undone. The focus moves in and back out, Esc means no: the browser's own dialog. */
export function Confirm(props: {
  title: string;
  text: string;
  verb: string;
  /** The text of the other button. */
  no?: string;
  /** Whether confirming removes something, which is the usual reason to ask. */
  takes?: "something" | "nothing";
  /** Called on any answer, before the confirmed action. */
  onClose: () => void;
  onYes: () => void;
  onNo?: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const text = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const answer = (word: "yes" | "no") => {
    dialog.current?.close();
    props.onClose();
    if (word === "yes") props.onYes();
    else props.onNo?.();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      aria-describedby={text}
      onCancel={(event) => {
        event.preventDefault();
        answer("no");
      }}
    >
      <h2 id={title}>{props.title}</h2>
      <p id={text}>{props.text}</p>
      <div class="actions">
        <button type="button" autofocus onClick={() => answer("no")}>
          {props.no ?? w.act.cancel}
        </button>
        <button type="button" class={props.takes === "nothing" ? "primary" : "danger"} onClick={() => answer("yes")}>
          {props.verb}
        </button>
      </div>
    </dialog>
  );
}

/** Grey bars in the place of rows that are loading; they show only after 400 ms. */
export function Skeleton({ rows }: { rows: number }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="skeleton" />
      ))}
    </div>
  );
}

/** The link back to the list to which the thing on the page belongs. */
export function WayBack({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <p class="way-back">
      <a class="alone" href={href}>
        <Icon name="back" size="small" />
        {children}
      </a>
    </p>
  );
}

/** More rows of a table. */
export function More({ onClick }: { onClick: () => void }) {
  return (
    <div class="more-rows">
      <button type="button" onClick={onClick}>
        {w.act.more}
      </button>
    </div>
  );
}

/** Something could not be loaded: what happened, and a button to retry. */
export function Failed({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div class="empty" role="alert">
      <p class="error">{message}</p>
      <button type="button" onClick={onRetry}>
        {w.act.tryAgain}
      </button>
    </div>
  );
}
