// Components of the pages about people: a face, the origin of a thing, a table cell that is edited in place.
import { computed } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { momentOf, placeOf, zoneHere } from "../app/business-clock";
import { Dialog } from "../app/dialog";
import { Icon, type IconName } from "../app/icons";
import { leaving } from "../app/leaving";
import { now } from "../app/now";
import { briefTime, fullTime } from "../words/time";
import { initials } from "../app/initials";
import { w } from "./words";

/** A person's initials in a disc, with the name for screen readers and on hover. */
export function Face({ name }: { name: string }) {
  return (
    <span class="face agent" role="img" aria-label={name} title={name}>
      {initials(name)}
    </span>
  );
}

/** When the current day began on the business's clock. It changes at midnight, and then the rows of a list that is left open are rendered again. */
const beginOfToday = computed(() => {
  const zone = zoneHere();
  return momentOf({ day: placeOf(new Date(now.value), zone).day, minutes: 0 }, zone).getTime();
});

/** A time in a small space: the time if it is today, otherwise the day. */
export function Brief({ at }: { at: string }) {
  const moment = new Date(at);
  return (
    <time dateTime={at} title={fullTime(moment)}>
      {briefTime(moment, new Date(beginOfToday.value))}
    </time>
  );
}

/** The origin of a thing: the assistant in a call, with a link, or entered by hand. */
export function CameFrom({ callId, at }: { callId: string | null; at: string }) {
  if (callId === null) {
    return (
      <span class="came-from meta">
        <span class="who-mark agent" aria-hidden="true" />
        <span>
          {w.byHand}, <Brief at={at} />
        </span>
      </span>
    );
  }
  return (
    <a class="bare came-from meta" href={`/calls/${callId}`} draggable={false}>
      <span class="who-mark ada" aria-hidden="true" />
      <span>
        {w.assistant}, <Brief at={at} />
      </span>
    </a>
  );
}

/** A text in a table that is edited in place: Enter or leaving the field saves, Esc cancels. `shown`: the text while nobody edits it. `save` returns
 * whether it was accepted. */
export function InPlace(props: {
  label: string;
  value: string;
  shown?: string;
  placeholder?: string;
  numeric?: boolean;
  maxLength?: number;
  save: (text: string) => Promise<boolean>;
}) {
  const { label, value, shown = value, save } = props;
  const [typed, setTyped] = useState<string | null>(null);
  /** The same, which may change during a save. */
  const latest = useRef<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const going = useRef(false);
  /** The text with which the user began: one who types nothing must not take back what somebody else saves meanwhile. */
  const begun = useRef(value);
  const put = (text: string | null) => {
    latest.current = text;
    setTyped(text);
  };
  const hasLeft = () => document.activeElement !== field.current;
  /** Saves what was typed, and after that what a user who has left has typed meanwhile; returns whether nothing is left to save. */
  const finish = async (): Promise<boolean> => {
    let text = latest.current?.trim();
    if (text === undefined || going.current) return false;
    going.current = true;
    for (;;) {
      const isTaken = text === begun.current.trim() || (await save(text));
      if (isTaken) begun.current = text;
      const now: string = latest.current?.trim() ?? text;
      if (isTaken && now !== text && hasLeft()) {
        text = now;
        continue;
      }
      going.current = false;
      const isAll = isTaken && now === text;
      // A user who leaves a refused entry has seen the message, and finds the stored value.
      if (isAll || hasLeft()) put(null);
      return isAll;
    }
  };
  return (
    <input
      ref={field}
      class={props.numeric ? "in-place n" : "in-place"}
      aria-label={label}
      dir="auto"
      inputMode={props.numeric ? "decimal" : "text"}
      maxLength={props.maxLength ?? 300}
      placeholder={props.placeholder ?? ""}
      value={typed ?? shown}
      onFocus={(event) => {
        begun.current = value;
        // What was typed during a save that goes on stays.
        if (!going.current) put(value);
        const { currentTarget } = event;
        requestAnimationFrame(() => currentTarget.select());
      }}
      onInput={(event) => put(event.currentTarget.value)}
      onBlur={() => void finish()}
      onKeyDown={(event) => {
        if (event.key === "Enter") void finish().then((isTaken) => isTaken && field.current?.blur());
        if (event.key === "Escape") {
          put(null);
          requestAnimationFrame(() => field.current?.blur());
        }
      }}
    />
  );
}

/** A dialog with a form, whose first field gets the focus. With unsaved text the user is asked before it closes. */
export function Sheet(props: { title: string; onClose: () => void; wide?: boolean; children: ComponentChildren }) {
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => body.current?.querySelector<HTMLElement>("form input, form textarea, form select")?.focus(), []);
  return (
    <Dialog title={props.title} size={props.wide ? "wide" : "usual"} onClose={() => leaving(props.onClose)}>
      <div ref={body}>{props.children}</div>
    </Dialog>
  );
}

/** An empty page: what it is for, and the first action. */
export function Empty({ icon, title, children, acts }: { icon: IconName; title: string; children: ComponentChildren; acts?: ComponentChildren }) {
  return (
    <div class="empty people-empty">
      <span class="empty-mark" aria-hidden="true">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {acts != null && <div class="acts">{acts}</div>}
    </div>
  );
}

/** A search field, whose text goes to the address after a pause. */
export function Find({ label, placeholder, value, onFind }: { label: string; placeholder: string; value: string; onFind: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Other filters may be set during the pause.
  const find = useRef(onFind);
  find.current = onFind;
  const id = useId();
  // Before anything more can be typed, and without taking a blank from the text before its next word is typed.
  useLayoutEffect(() => {
    setTyped((was) => (was.trim() === value ? was : value));
    // Text that is typed just before the page is left must not lead back to it.
    return () => clearTimeout(pause.current);
  }, [value]);
  return (
    <div class="with-icon find-field">
      <label for={id} class="hidden">
        {label}
      </label>
      <Icon name="search" />
      <input
        id={id}
        type="search"
        autocomplete="off"
        maxLength={100}
        dir="auto"
        placeholder={placeholder}
        value={typed}
        onInput={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          clearTimeout(pause.current);
          pause.current = setTimeout(() => find.current(text.trim()), 250);
        }}
      />
    </div>
  );
}

/** A person's name, otherwise their number. */
export function called(one: { name: string; phone: string | null }): string {
  return one.name || one.phone || w.unnamed;
}
