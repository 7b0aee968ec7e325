// `/appointments`: a week or a day on the business's clock.
import { useComputed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { Appointment, BusinessProfile } from "../api/model";
import { useBusiness } from "../app/business";
import { dayAfter, momentOf, type Place, placeOf, useBusinessZone } from "../app/business-clock";
import { isMeant } from "../app/form/days";
import { Icon } from "../app/icons";
import { number, plural } from "../app/language";
import { Earlier, Further } from "../app/further";
import { KEPT_ROWS } from "../app/kept";
import { useList } from "../app/load";
import { useMedia } from "../app/media";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query } from "../app/router";
import { tell } from "../app/toasts";
import { ZoneNote } from "../app/zone-note";
import { Booking } from "./booking";
import { Details } from "./details";
import { addressOf, daysOf, type Look, lookIn, MINUTES_MAX, NARROW, stepped } from "./diary";
import { Feed } from "./feed";
import { Grid } from "./grid";
import { isOff } from "./state";
import { w } from "./words";
import { clock, dayWords, rangeWords, shortDay } from "./zone";

/** Appointments per request; a fuller week is loaded in further requests, up to what the page keeps. */
const LIST_ROWS = 200;

/** The page, once the business's clock is known: with another clock a wrong time would be booked. */
export default function AppointmentsPage() {
  const business = useBusiness();
  const { zone, fault, again } = useBusinessZone();
  return (
    <div class="appointments-page">
      {zone !== null ? (
        <Diary business={business.value} zone={zone} />
      ) : (
        <>
          <Heading title={w.title}>{w.title}</Heading>
          {fault === "" ? <Skeleton rows={8} /> : <Failed message={fault} onRetry={() => void again()} />}
        </>
      )}
    </div>
  );
}

/** Moves an appointment to another start, with the same length. Returns whether that was accepted. */
export async function moved(one: Appointment, to: Place, zone: string): Promise<Appointment | null> {
  const starts = momentOf(to, zone);
  const ends = new Date(starts.getTime() + Date.parse(one.ends_at) - Date.parse(one.starts_at));
  try {
    const body = { starts_at: starts.toISOString(), ends_at: ends.toISOString() };
    const now = await change<Appointment>("PATCH", `/api/v1/appointments/${one.id}`, body);
    tell(w.movedTo(shortDay(to.day), clock(to.minutes)));
    return now;
  } catch (fault) {
    const code = fault instanceof Problem ? fault.code : "";
    tell(code === "slot_taken" ? w.slotTaken : code === "kept_free" ? w.notInKept : messageOf(fault));
    return null;
  }
}

function Diary({ business, zone }: { business: BusinessProfile | null; zone: string }) {
  // On a page that is left open, the day changes at midnight.
  const today = useComputed(() => placeOf(new Date(now.value), zone).day).value;
  const isNarrow = useMedia(NARROW);
  const look = lookIn(query.value, today, isNarrow);
  const days = daysOf(look);
  const first = days[0] ?? look.day;
  const last = days.at(-1) ?? look.day;
  const begin = momentOf({ day: first, minutes: 0 }, zone).getTime();
  const range = new URLSearchParams({
    // An appointment that began on the evening before may still be running.
    from: new Date(begin - MINUTES_MAX * 60_000).toISOString(),
    to: momentOf({ day: dayAfter(last, 1), minutes: 0 }, zone).toISOString(),
    limit: String(LIST_ROWS),
  });
  const list = useList<Appointment>(`/api/v1/appointments?${range}`, ["appointment"]);
  const { items, hasMore, hasEarlier, fault, busy, again, more, change: edit } = list;
  const [feed, setFeed] = useState(false);
  const [wanted, setWanted] = useState<Place | null>(null);
  useEffect(() => {
    // After a failure the user tries again.
    if (hasMore && !busy && fault === "" && (items?.length ?? 0) < KEPT_ROWS && !hasEarlier) void more();
  }, [hasMore, busy, items, fault]);
  const set = (change: Partial<Look>, how: "push" | "replace" = "push") => go(addressOf({ ...look, ...change }, today, isNarrow), how);
  const own = items?.filter(({ ends_at }) => Date.parse(ends_at) > begin) ?? [];
  const shown = own.filter((one) => look.off || !isOff(one));
  const offs = own.filter(isOff).length;
  const put = (one: Appointment) =>
    edit((all) => (all.some(({ id }) => id === one.id) ? all.map((was) => (was.id === one.id ? one : was)) : [...all, one]));
  const canWrite = may("appointments_write") === true;
  const close = () => {
    setWanted(null);
    set({ open: null, isNew: false, lead: null, customer: null }, "replace");
  };
  return (
    <>
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {own.length - offs > 0 && `${number(own.length - offs)}${hasEarlier || hasMore ? "+" : ""} ${plural(own.length - offs, w.appointments)}`}
        </p>
        <div class="push">
          <button type="button" onClick={() => setFeed(true)}>
            <Icon name="link" />
            {w.feed.title}
          </button>
          {canWrite && (
            <button
              type="button"
              class="primary"
              onClick={() => {
                // A step back has closed the dialog of a time in the grid without forgetting that time.
                setWanted(null);
                set({ isNew: true });
              }}
            >
              <Icon name="add" />
              {w.add}
            </button>
          )}
        </div>
      </div>
      <Steps look={look} days={days} today={today} offs={offs} set={set} />
      <ZoneNote />
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {fault === "" && <Earlier list={list} />}
      {fault === "" && (
        <Grid
          look={look}
          days={days}
          today={today}
          zone={zone}
          business={business}
          appointments={shown}
          busy={items === null}
          canWrite={canWrite}
          onOpen={(id) => set({ open: id })}
          onMove={async (one, to) => {
            const now = await moved(one, to, zone);
            if (now) put(now);
          }}
          onNew={(place) => {
            setWanted(place);
            set({ isNew: true });
          }}
        />
      )}
      {fault === "" && items !== null && (items.length >= KEPT_ROWS || hasEarlier) && <Further list={list} />}
      {look.open !== null && <Details key={look.open} id={look.open} zone={zone} onChange={put} onClose={close} />}
      {look.isNew && canWrite && (
        <Booking
          business={business}
          zone={zone}
          place={wanted}
          day={look.day < today ? today : look.day}
          lead={look.lead}
          customer={look.customer}
          onClose={close}
          onMade={(made) => {
            setWanted(null);
            put(made);
            set({ isNew: false, lead: null, customer: null, day: placeOf(new Date(made.starts_at), zone).day }, "replace");
          }}
        />
      )}
      {feed && <Feed canWrite={canWrite} onClose={() => setFeed(false)} />}
    </>
  );
}

/** The controls for the days and the view. */
function Steps(props: { look: Look; days: string[]; today: string; offs: number; set: (change: Partial<Look>) => void }) {
  const { look, days, today, set } = props;
  const first = days[0] ?? look.day;
  const last = days.at(-1) ?? look.day;
  const isWeek = look.view === "week";
  const title = isWeek
    ? rangeWords(first, last)
    : dayWords(look.day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const view = (as: Look["view"], word: string) => (
    <label>
      <input type="radio" name="appointments-view" checked={look.view === as} onChange={() => set({ view: as })} />
      {word}
    </label>
  );
  return (
    <div class="steps">
      <div class="step-keys">
        <button type="button" class="btn square" aria-label={isWeek ? w.weekBefore : w.dayBefore} title={isWeek ? w.weekBefore : w.dayBefore} onClick={() => set({ day: stepped(look, -1) })}>
          <Icon name="previous" />
        </button>
        <button type="button" class="btn" onClick={() => set({ day: today })}>
          {w.today}
        </button>
        <button type="button" class="btn square" aria-label={isWeek ? w.weekAfter : w.dayAfter} title={isWeek ? w.weekAfter : w.dayAfter} onClick={() => set({ day: stepped(look, 1) })}>
          <Icon name="next" />
        </button>
      </div>
      <h2>{title}</h2>
      <label class="go-to">
        <span class="hidden">{w.goTo}</span>
        <input type="date" value={look.day} onChange={(event) => isMeant(event.currentTarget.value) && set({ day: event.currentTarget.value })} />
      </label>
      {(props.offs > 0 || look.off) && (
        <fieldset class="off">
          <label>
            <input type="checkbox" class="tick" checked={look.off} onChange={(event) => set({ off: event.currentTarget.checked })} />
            {w.showOff}
          </label>
        </fieldset>
      )}
      <fieldset class="segmented push">
        <legend class="hidden">{w.as}</legend>
        {view("week", w.week)}
        {view("day", w.day)}
      </fieldset>
    </div>
  );
}
