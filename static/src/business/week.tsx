// Opening hours: the week as a grid, each day with its spans and a ruled bar that shows them, and the hours of a holiday.
import { normalizeProps, useMachine } from "@zag-js/preact";
import * as menu from "@zag-js/menu";
import { useId, useRef, useState } from "preact/hooks";
import type { Business, DaySpan } from "../api/model";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { DAYS, type Day, dayName, endOf, minutesOf, NO_HOURS, spanInWords, timeFrom, timeIn, timeOf } from "./hours";
import { w } from "./words";

/** The maximum spans of a day, as on the server. */
const SPANS_MAX = 8;
const USUAL: DaySpan = { from: "09:00", to: "17:00" };

/** The week. */
export function WeekField({ draft }: { draft: Draft<Business> }) {
  const { hours } = draft.value;
  const id = useId();
  const week = hours ?? NO_HOURS;
  /** The week stays while it is switched off. */
  const last = useRef<Business["hours"]>(null);
  if (hours !== null) last.current = hours;
  const setDay = (day: Day, spans: DaySpan[]) => draft.set("hours", { ...week, [day]: spans });
  const copy = (from: Day, to: string) => {
    const days = to === "all" ? DAYS : to === "workdays" ? DAYS.slice(0, 5) : [to as Day];
    draft.set("hours", { ...week, ...Object.fromEntries(days.map((day) => [day, week[from].map((span) => ({ ...span }))])) });
    tell(w.hours.copied(dayName(from)));
  };
  return (
    <>
      <div class="field lever-field">
        <label for={id}>
          <input
            id={id}
            type="checkbox"
            role="switch"
            class="lever"
            checked={hours !== null}
            aria-describedby={`${id}-hint`}
            onChange={(event) => draft.set("hours", event.currentTarget.checked ? (last.current ?? usualWeek()) : null)}
          />
          <span>{w.hours.given}</span>
        </label>
        {hours === null && (
          <p id={`${id}-hint`} class="hint">
            {w.hours.without}
          </p>
        )}
      </div>
      {hours !== null && (
        <ul class="week">
          {DAYS.map((day) => (
            <li key={day} class="day">
              <span class="day-name">{dayName(day)}</span>
              <Spans
                what={dayName(day)}
                spans={hours[day]}
                fault={draft.faults[`hours.${day}`]}
                onChange={(spans) => setDay(day, spans)}
                aside={<CopyMenu day={day} onCopy={(to) => copy(day, to)} />}
              />
            </li>
          ))}
          <li class="scale" aria-hidden="true">
            <span class="ticks">
              {[0, 6, 12, 18, 24].map((hour) => (
                <span key={hour}>{hour}</span>
              ))}
            </span>
          </li>
        </ul>
      )}
    </>
  );
}

function usualWeek() {
  return { ...NO_HOURS, ...Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [{ ...USUAL }]])) };
}

/** The spans of one day. `what`: the day, for labels. */
export function Spans(props: {
  what: string;
  spans: readonly DaySpan[];
  fault: string | undefined;
  onChange: (spans: DaySpan[]) => void;
  aside?: preact.ComponentChildren;
}) {
  const { what, spans, fault, onChange, aside } = props;
  const id = useId();
  const adds = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const put = (at: number, change: Partial<DaySpan>) => onChange(spans.map((span, place) => (place === at ? { ...span, ...change } : span)));
  const add = () => {
    const last = spans[spans.length - 1];
    const from = last && endOf(last) < 22 * 60 ? timeOf(endOf(last) + 60) : USUAL.from;
    onChange([...spans, last ? { from, to: timeOf(Math.min(minutesOf(from) + 4 * 60, 23 * 60)) } : { ...USUAL }]);
    requestAnimationFrame(() => {
      const opens = [...(box.current?.querySelectorAll<HTMLInputElement>("input.time") ?? [])].at(-2);
      opens?.focus();
      opens?.select();
    });
  };
  return (
    <div ref={box} class="day-hours">
      <div class="spans">
        {spans.length === 0 && <span class="shut">{w.hours.closed}</span>}
        {spans.map((span, at) => (
          // The position is the span's identity: spans are not sorted while they are edited.
          <span key={at} class="span">
            <TimeInput label={w.hours.opens(what)} fault={fault && `${id}-fault`} value={span.from} onChange={(from) => put(at, { from })} />
            <span aria-hidden="true">–</span>
            <TimeInput
              label={w.hours.closes(what)}
              fault={fault && `${id}-fault`}
              value={span.to}
              // Midnight is the end of the day here.
              onChange={(to) => put(at, { to: to === "00:00" ? "24:00" : to })}
            />
            {minutesOf(span.to) <= minutesOf(span.from) && <span class="meta">{w.hours.nextDay}</span>}
            <button
              type="button"
              class="btn quiet square"
              aria-label={w.hours.drop(what, spanInWords(span))}
              onClick={() => {
                onChange(spans.filter((_, place) => place !== at));
                adds.current?.focus();
              }}
            >
              <Icon name="cross" />
            </button>
          </span>
        ))}
        <span class="day-acts">
          {spans.length < SPANS_MAX && (
            <button ref={adds} type="button" class="btn quiet square" aria-label={w.hours.add(what)} title={w.hours.add(what)} onClick={add}>
              <Icon name="add" />
            </button>
          )}
          {aside}
        </span>
      </div>
      <DayBar spans={spans} />
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
    </div>
  );
}

/** Whether a typed text means this value. Midnight may be the end of the day. */
function means(text: string, value: string): boolean {
  const typed = timeFrom(text) ?? "";
  return typed === value || (typed === "00:00" && value === "24:00");
}

/** A time of day, typed in any common form (`8`, `830`, `17.30`, `5:30 pm`) and shown in the language's format. An invalid text counts as empty, and
 * stays to be corrected until there is another value, as after "Discard". */
function TimeInput({ label, fault, value, onChange }: { label: string; fault: string | undefined; value: string; onChange: (time: string) => void }) {
  const [text, setText] = useState<string | null>(null);
  const shown = Number.isNaN(minutesOf(value)) ? "" : timeIn(minutesOf(value));
  return (
    <input
      class="time"
      aria-label={label}
      autocomplete="off"
      aria-invalid={fault !== undefined}
      {...(fault === undefined ? {} : { "aria-describedby": fault })}
      value={text !== null && means(text, value) ? text : shown}
      onInput={(event) => {
        setText(event.currentTarget.value);
        onChange(timeFrom(event.currentTarget.value) ?? "");
      }}
      onBlur={(event) => {
        if (timeFrom(event.currentTarget.value) !== null) setText(null);
      }}
    />
  );
}

/** A day from midnight to midnight: brass where it is open. A span over midnight ends at the edge. */
export function DayBar({ spans }: { spans: readonly DaySpan[] }) {
  return (
    <svg class="day-bar" viewBox="0 0 1440 10" preserveAspectRatio="none" aria-hidden="true">
      <path class="rule" d="M0 5H1440" />
      <path class="rule" d="M0 1V9M360 2V8M720 1V9M1080 2V8M1440 1V9" />
      {spans
        .map((span) => [minutesOf(span.from), Math.min(endOf(span), 1440)] as const)
        .filter(([from, to]) => to > from)
        .map(([from, to], at) => (
          <rect key={at} x={from} y="1" width={to - from} height="8" />
        ))}
    </svg>
  );
}

/** The days to which a day's hours can be copied. */
function CopyMenu({ day, onCopy }: { day: Day; onCopy: (to: string) => void }) {
  const service = useMachine(menu.machine, {
    id: useId(),
    dir: document.dir === "rtl" ? "rtl" : "ltr",
    onSelect: ({ value }) => onCopy(value),
    positioning: { placement: "bottom-end" },
  });
  const api = menu.connect(service, normalizeProps);
  const places = [
    ["all", w.hours.everyDay],
    ["workdays", w.hours.workdays],
    ...DAYS.filter((other) => other !== day).map((other) => [other, dayName(other)]),
  ] as [string, string][];
  return (
    <>
      <button type="button" {...api.getTriggerProps()} class="btn quiet small" aria-label={w.hours.copyDay(dayName(day))}>
        <Icon name="copy" />
        {w.hours.copy}
      </button>
      <div {...api.getPositionerProps()} class="copy-place">
        <ul {...api.getContentProps()} class="menu" aria-label={w.hours.copyDay(dayName(day))}>
          {places.map(([value, label]) => (
            <li key={value} {...api.getItemProps({ value })}>
              {label}
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
