// Days side by side, hours from top to bottom. An appointment is dragged to another time with the mouse, or moved with Shift and the arrow keys. One
// over midnight is on both days, and is moved by its first part.
import { useEffect, useRef, useState } from "preact/hooks";
import type { Appointment, BusinessProfile } from "../api/model";
import { dayAfter, type Place, placeOf } from "../app/business-clock";
import { Icon } from "../app/icons";
import { now } from "../app/now";
import { hoursOf, lengthOf, type Look, type Meeting, meetingsOf, type OpenTime, openOn } from "./diary";
import { isOff, stateOf } from "./state";
import { w } from "./words";
import { clock, dayWords, shortDay } from "./zone";

/** Moves are rounded to this many minutes. */
const STEP = 15;
/** How many pixels a mouse may move during a click. */
const TREMBLE = 5;

/** An appointment that is being moved. */
interface Moving {
  of: Appointment;
  to: Place;
  by: "mouse" | "keys";
}

/** Limits the start of a moved appointment to the day. */
const within = (minutes: number, long: number) => Math.max(0, Math.min(1_440 - Math.min(long, 1_440), minutes));

/** The grid. */
export function Grid(props: {
  look: Look;
  days: string[];
  today: string;
  zone: string;
  business: BusinessProfile | null;
  appointments: Appointment[];
  busy: boolean;
  canWrite: boolean;
  onOpen: (id: string) => void;
  onMove: (one: Appointment, to: Place) => Promise<void>;
  onNew: (place: Place) => void;
}) {
  const { days, zone, appointments, canWrite } = props;
  const [moving, setMoving] = useState<Moving | null>(null);
  const [said, setSaid] = useState("");
  const grid = useRef<HTMLDivElement>(null);
  const hours = hoursOf(days, appointments, props.business, zone);
  useEffect(() => setMoving(null), [days.join()]);

  /** The place under the pointer. */
  const placeAt = (x: number, y: number): Place | null => {
    for (const column of grid.current?.querySelectorAll<HTMLElement>(".day-hours") ?? []) {
      const box = column.getBoundingClientRect();
      const { day } = column.dataset;
      if (day === undefined || x < box.left || x > box.right) continue;
      const hour = box.height / (hours.last - hours.first);
      return { day, minutes: Math.round(((y - box.top) / hour) * 60 + hours.first * 60) };
    }
    return null;
  };
  const put = async ({ of, to }: Moving) => {
    setMoving(null);
    const was = placeOf(new Date(of.starts_at), zone);
    if (was.day !== to.day || was.minutes !== to.minutes) await props.onMove(of, to);
  };
  const drag = (event: PointerEvent & { currentTarget: HTMLElement }, one: Meeting) => {
    if (!canWrite || one.isRest || event.button !== 0 || event.pointerType === "touch" || isOff(one.of)) return;
    const { currentTarget: button, clientX, clientY, pointerId } = event;
    const start = placeAt(clientX, clientY);
    if (!start) return;
    const grabbed = start.minutes - one.from.minutes;
    let going: Moving | null = null;
    const move = (at: PointerEvent) => {
      if (!going && Math.hypot(at.clientX - clientX, at.clientY - clientY) < TREMBLE) return;
      button.setPointerCapture(pointerId);
      const place = placeAt(at.clientX, at.clientY);
      if (!place) return;
      const minutes = within(Math.round((place.minutes - grabbed) / STEP) * STEP, one.long);
      going = { of: one.of, to: { day: place.day, minutes }, by: "mouse" };
      setMoving(going);
    };
    const end = (how: "put" | "give up") => {
      button.removeEventListener("pointermove", move);
      button.removeEventListener("pointerup", up);
      button.removeEventListener("pointercancel", cancel);
      removeEventListener("keydown", escape, true);
      if (!going) return;
      // The click after a drag opens nothing. If none comes, the next click is not swallowed.
      const swallow = (click: Event) => click.stopImmediatePropagation();
      button.addEventListener("click", swallow, true);
      setTimeout(() => button.removeEventListener("click", swallow, true));
      if (how === "put") void put(going);
      else setMoving(null);
    };
    const up = () => end("put");
    const cancel = () => end("give up");
    const escape = (key: KeyboardEvent) => {
      if (key.key === "Escape") end("give up");
    };
    button.addEventListener("pointermove", move);
    button.addEventListener("pointerup", up);
    button.addEventListener("pointercancel", cancel);
    addEventListener("keydown", escape, true);
  };
  const key = (event: KeyboardEvent, one: Meeting) => {
    const held = moving?.of.id === one.of.id && moving.by === "keys" ? moving : null;
    if (held && event.key === "Enter") {
      event.preventDefault();
      return void put(held);
    }
    if (held && event.key === "Escape") {
      event.preventDefault();
      setMoving(null);
      return setSaid(w.givenUp);
    }
    if (!event.shiftKey || !canWrite || one.isRest || isOff(one.of) || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    const { day, minutes } = held?.to ?? one.from;
    const along = document.dir === "rtl" ? -1 : 1;
    const steps = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-along, 0], ArrowRight: [along, 0] }[event.key] ?? [0, 0];
    const to = { day: dayAfter(day, steps[0] ?? 0), minutes: within(minutes + (steps[1] ?? 0), one.long) };
    // Outside the visible days the user can't see where it goes; its details accept any day.
    if (!days.includes(to.day)) return;
    setMoving({ of: one.of, to, by: "keys" });
    setSaid(w.movingTo(shortDay(to.day), clock(to.minutes)));
  };
  const hint = canWrite ? "appointments-hint" : undefined;
  const rows = Array.from({ length: hours.last - hours.first }, (_, n) => hours.first + n);
  return (
    <>
      <p class="hidden" role="status">
        {said}
      </p>
      <p class="hidden" id="appointments-hint">
        {w.moveHint}
      </p>
      <div
        role="group"
        aria-label={w.title}
        tabIndex={0}
        class={`diary as-${props.look.view}`}
        ref={grid}
        style={{ "--hours": String(hours.last - hours.first), "--days": String(days.length) }}
        aria-busy={props.busy}
      >
        <ol class="hours" aria-hidden="true">
          {rows.map((hour) => (
            <li key={hour}>{clock(hour * 60)}</li>
          ))}
        </ol>
        {days.map((day) => (
          <Day
            key={day}
            day={day}
            isToday={day === props.today}
            zone={zone}
            hours={hours}
            open={openOn(day, props.business)}
            meetings={meetingsOf(day, appointments, zone)}
            moving={moving}
            hint={hint}
            canWrite={canWrite}
            onOpen={props.onOpen}
            onDrag={drag}
            onKey={key}
            onLeave={() => moving?.by === "keys" && setMoving(null)}
            onNew={(y, x) => {
              const place = placeAt(x, y);
              if (place) props.onNew({ day, minutes: within(Math.floor(place.minutes / 30) * 30, 30) });
            }}
          />
        ))}
      </div>
      {!props.busy && appointments.length === 0 && (
        <p class="muted none" role="status">
          {props.look.view === "week" ? w.noneThisWeek : w.noneThisDay} {canWrite && w.noneHint}
        </p>
      )}
    </>
  );
}

function Day(props: {
  day: string;
  isToday: boolean;
  zone: string;
  hours: { first: number; last: number };
  open: OpenTime[] | null;
  meetings: Meeting[];
  moving: Moving | null;
  hint: string | undefined;
  canWrite: boolean;
  onOpen: (id: string) => void;
  onDrag: (event: PointerEvent & { currentTarget: HTMLElement }, one: Meeting) => void;
  onKey: (event: KeyboardEvent, one: Meeting) => void;
  onLeave: () => void;
  onNew: (y: number, x: number) => void;
}) {
  const { day, hours, moving, meetings } = props;
  const at = (minutes: number) => String((minutes - hours.first * 60) / 60);
  const ghost = moving?.to.day === day ? moving : null;
  const isClosed = props.open?.every(({ isRest }) => isRest) ?? false;
  return (
    <section class={props.isToday ? "day today" : "day"} aria-label={dayWords(day, { weekday: "long", day: "numeric", month: "long" })}>
      <h3 aria-hidden="true">
        <span class="weekday">{dayWords(day, { weekday: "short" })}</span>
        <span class="n">{dayWords(day, { day: "numeric" })}</span>
        {isClosed && <span class="meta">{w.closed}</span>}
      </h3>
      <div
        class={props.open === null ? "day-hours unsaid" : "day-hours"}
        data-day={day}
        onClick={(event) => {
          if (props.canWrite && event.target === event.currentTarget) props.onNew(event.clientY, event.clientX);
        }}
      >
        {props.open?.map(({ from, to }) => (
          <span key={from} class="open" style={{ "--at": at(from), "--long": String((to - from) / 60) }} />
        ))}
        {props.isToday && <Now zone={props.zone} at={at} />}
        <ol>
          {meetings.map((one) => (
            <li key={one.of.id}>
              <MeetingKey {...props} one={one} at={at} isMoving={moving?.of.id === one.of.id} />
            </li>
          ))}
        </ol>
        {ghost && (
          <span class="meeting ghost" aria-hidden="true" style={{ "--at": at(ghost.to.minutes), "--long": String(lengthOf(ghost.of) / 60), "--lane": "0", "--lanes": "1" }}>
            <span class="time n">{clock(ghost.to.minutes)}</span>
            <span class="what">{ghost.of.service}</span>
          </span>
        )}
      </div>
    </section>
  );
}

function MeetingKey(props: {
  one: Meeting;
  at: (minutes: number) => string;
  isMoving: boolean;
  hint: string | undefined;
  onOpen: (id: string) => void;
  onDrag: (event: PointerEvent & { currentTarget: HTMLElement }, one: Meeting) => void;
  onKey: (event: KeyboardEvent, one: Meeting) => void;
  onLeave: () => void;
}) {
  const { one, isMoving } = props;
  const { of, from, begin, until, shown, isRest } = one;
  const state = stateOf(of);
  const isHeld = state === "held";
  const isFree = isOff(of);
  const word = isHeld || isFree ? w.statuses[state] : "";
  const size = shown < 40 ? "short" : shown < 70 ? "middle" : "long";
  return (
    <button
      type="button"
      class={`meeting ${isFree ? "cancelled" : state} ${size}${isMoving ? " moving" : ""}`}
      style={{ "--at": props.at(from.minutes), "--long": String(shown / 60), "--lane": String(one.lane), "--lanes": String(one.lanes) }}
      {...(props.hint === undefined || isRest ? {} : { "aria-describedby": props.hint })}
      onClick={() => !isMoving && props.onOpen(of.id)}
      onPointerDown={(event) => props.onDrag(event as unknown as PointerEvent & { currentTarget: HTMLElement }, one)}
      onKeyDown={(event) => props.onKey(event, one)}
      onBlur={props.onLeave}
    >
      <span class="time n">
        {isHeld && <Icon name="hold" size="small" />}
        {isFree && <Icon name="cross" size="small" />}
        {isRest ? (
          <>
            <span class="hidden">{clock(begin)}</span>–{clock(until)}
          </>
        ) : (
          <>
            {clock(begin)}
            <span class="hidden">–{clock(until)}</span>
          </>
        )}
      </span>
      <bdi class="what">{of.service}</bdi>
      <bdi class="who">{of.name || of.phone}</bdi>
      {word !== "" && <span class="hidden">{word}</span>}
    </button>
  );
}

/** The line at the current time. */
function Now({ zone, at }: { zone: string; at: (minutes: number) => string }) {
  const { minutes } = placeOf(new Date(now.value), zone);
  return <span class="now-line" style={{ "--at": at(minutes) }} />;
}
