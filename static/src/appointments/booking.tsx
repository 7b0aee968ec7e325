// A new appointment: for what, when, and for whom.
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../api/client";
import type { Appointment, BusinessProfile, Customer, Lead, Page, Slot } from "../api/model";
import { AppointmentBody } from "../api/rules";
import { dayAfter, momentOf, type Place, placeOf } from "../app/business-clock";
import { isMeant } from "../app/form/days";
import { LeverField, NumberField, RecordForm, TextArea, TextField } from "../app/form/fields";
import { type Draft, useDraft } from "../app/form/record";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Sheet } from "../people/parts";
import { typedNumber } from "../words/phone";
import { atItsField } from "./details";
import { MINUTES_MAX } from "./diary";
import { w } from "./words";
import { clock, minutesOf, shortDay, written } from "./zone";

/** For how many days free times are requested. */
const DAYS_AHEAD = 21;
/** The length in minutes for something that has no length of its own. */
const USUAL_MINUTES = 60;
/** The maximum length of a service's name, as on the server. */
const SERVICE_LETTERS_MAX = 200;

/** The customer of the appointment, if known. */
interface Whom {
  name: string;
  phone: string;
  address: string;
  customer_id: string | null;
  lead_id: string | null;
  service: string;
}

const NOBODY: Whom = { name: "", phone: "", address: "", customer_id: null, lead_id: null, service: "" };

async function whomOf(lead: string | null, customer: string | null): Promise<Whom> {
  if (lead !== null) {
    const { name, phone, address, customer_id, need } = await get<Lead>(`/api/v1/leads/${encodeURIComponent(lead)}`);
    // A service has one line, and a request may have several.
    const service = [...need.replace(/\s+/g, " ").trim()].slice(0, SERVICE_LETTERS_MAX).join("");
    return { name, phone: phone ?? "", address, customer_id, lead_id: lead, service };
  }
  if (customer !== null) {
    const { name, phone, address } = await get<Customer>(`/api/v1/customers/${encodeURIComponent(customer)}`);
    return { name, phone: phone ?? "", address, customer_id: customer, lead_id: null, service: "" };
  }
  return NOBODY;
}

interface Given {
  business: BusinessProfile | null;
  zone: string;
  /** The time in the grid that the user clicked. */
  place: Place | null;
  /** The day that is shown first. */
  day: string;
  onMade: (made: Appointment) => void;
  onClose: () => void;
}

/** The dialog. */
export function Booking(props: Given & { lead: string | null; customer: string | null }) {
  const { lead, customer } = props;
  const [whom, setWhom] = useState<Whom | null>(lead === null && customer === null ? NOBODY : null);
  const [fault, setFault] = useState("");
  const look = () => {
    setFault("");
    whomOf(lead, customer).then(setWhom, (error: unknown) => setFault(messageOf(error)));
  };
  useEffect(() => {
    if (whom === null) look();
  }, []);
  return (
    <Sheet title={w.add} onClose={props.onClose}>
      {fault !== "" ? <Failed message={fault} onRetry={look} /> : whom === null ? <Skeleton rows={6} /> : <Form {...props} whom={whom} />}
    </Sheet>
  );
}

/** A free time, and its place on the clock. */
interface FreeTime extends Place {
  at: string;
}

/** The start time in the fields. In an hour that a day has twice, the fields are ambiguous: then the chosen free time decides, as long as it matches
 * them. */
function beginOf({ day, time }: Fields, chosen: string | null, zone: string): Date {
  const said = { day, minutes: minutesOf(time) ?? 0 };
  const place = chosen === null ? null : placeOf(new Date(chosen), zone);
  return chosen !== null && place?.day === said.day && place.minutes === said.minutes ? new Date(chosen) : momentOf(said, zone);
}

interface Fields {
  service: string;
  day: string;
  time: string;
  long: number | null;
  name: string;
  phone: string;
  address: string;
  notes: string;
  /** Whether it may be in the time that is kept free around another one. */
  anyway: boolean;
}

function Form({ business, zone, place, day, whom, onMade, onClose }: Given & { whom: Whom }) {
  const services = business?.services ?? [];
  const minutesFor = (service: string) => services.find(({ name }) => name === service)?.duration_minutes ?? USUAL_MINUTES;
  const usual = whom.service || (services[0]?.name ?? "");
  const [first] = useState<Fields>({
    service: usual,
    day: place?.day ?? day,
    time: place ? written(place.minutes) : "",
    long: minutesFor(usual),
    name: whom.name,
    phone: whom.phone,
    address: whom.address,
    notes: "",
    anyway: false,
  });
  const [isKept, setKept] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const draft = useDraft<Fields>({
    value: first,
    rules: {
      service: AppointmentBody.service,
      name: AppointmentBody.name,
      phone: {},
      address: AppointmentBody.address,
      notes: AppointmentBody.notes,
      day: { required: true },
      time: { required: true },
      long: { required: true, minimum: 1, maximum: MINUTES_MAX },
      anyway: {},
    },
    send: async (fields) => {
      const { service, day: _, time: __, long, phone, anyway, ...others } = fields;
      const starts = beginOf(fields, chosen, zone);
      const { customer_id, lead_id } = whom;
      const body = {
        service,
        ...others,
        starts_at: starts.toISOString(),
        ends_at: new Date(starts.getTime() + (long ?? USUAL_MINUTES) * 60_000).toISOString(),
        phone: typedNumber(phone),
        customer_id,
        lead_id,
        ignore_buffers: anyway,
      };
      const made = await change<Appointment>("POST", "/api/v1/appointments", body).catch((fault: unknown) => atItsField(fault, setKept));
      if (made) setTimeout(() => onMade(made));
    },
  });
  const { value } = draft;
  const choose = (service: string) => {
    draft.set("service", service);
    draft.set("long", minutesFor(service));
  };
  return (
    <RecordForm draft={draft} label={w.add} verb={w.make} onCancel={onClose} onSaved={() => tell(w.made)}>
      <TextField draft={draft} name="service" label={w.service} />
      {services.length > 0 && (
        <div class="choices" role="group" aria-label={w.services}>
          {services.map(({ name }) => (
            <button key={name} type="button" class={name === value.service ? "chip on" : "chip"} aria-pressed={name === value.service} onClick={() => choose(name)}>
              <bdi>{name}</bdi>
            </button>
          ))}
        </div>
      )}
      <div class="trio">
        <TextField draft={draft} name="day" label={w.dayLabel} type="date" />
        <TextField draft={draft} name="time" label={w.time} type="time" />
        <NumberField draft={draft} name="long" label={w.long} unit={w.minutes} step={15} />
      </div>
      {isKept && <LeverField draft={draft} name="anyway" label={w.anyway} hint={w.anywayHint} />}
      <Free draft={draft} zone={zone} chosen={chosen} onChoose={setChosen} />
      <div class="pair">
        <TextField draft={draft} name="name" label={w.name} />
        <TextField draft={draft} name="phone" label={w.phone} type="tel" hint={w.phoneHint} />
      </div>
      <TextArea draft={draft} name="address" label={w.address} rows={2} />
      <TextArea draft={draft} name="notes" label={w.notes} rows={2} />
    </RecordForm>
  );
}

/** Free times for the service from the day on: times of that day, or of the next day that has one. */
function Free(props: { draft: Draft<Fields>; zone: string; chosen: string | null; onChoose: (at: string) => void }) {
  const { draft, zone, chosen } = props;
  const { service, day, time } = draft.value;
  const [slots, setSlots] = useState<FreeTime[] | null>(null);
  const [why, setWhy] = useState("");
  useEffect(() => {
    const wanted = service.trim();
    setSlots(null);
    setWhy("");
    if (wanted === "" || !isMeant(day)) return;
    const asked = new AbortController();
    const from = new Date(Math.max(momentOf({ day, minutes: 0 }, zone).getTime(), Date.now()));
    const query = new URLSearchParams({
      service: wanted,
      from: from.toISOString(),
      // After a day that is over, free times from now on.
      to: momentOf({ day: dayAfter(placeOf(from, zone).day, DAYS_AHEAD), minutes: 0 }, zone).toISOString(),
    });
    const timer = setTimeout(() => {
      get<Page<Slot>>(`/api/v1/appointments/slots?${query}`, asked.signal).then(
        ({ items }) => setSlots(items.map(({ starts_at }) => ({ at: starts_at, ...placeOf(new Date(starts_at), zone) }))),
        (fault: unknown) => {
          if (!asked.signal.aborted) setWhy(fault instanceof Problem ? (w.noSlots[fault.code as keyof typeof w.noSlots] ?? fault.message) : messageOf(fault));
        },
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [service, day, zone]);
  if (why !== "") return <p class="hint">{why}</p>;
  if (slots === null) return null;
  const today = slots.filter((slot) => slot.day === day);
  const next = slots.find((slot) => slot.day > day);
  const isTaken = ({ at }: FreeTime) => time !== "" && Date.parse(at) === beginOf(draft.value, chosen, zone).getTime();
  const take = (slot: FreeTime) => {
    props.onChoose(slot.at);
    draft.set("day", slot.day);
    draft.set("time", written(slot.minutes));
  };
  return (
    <div class="free" role="group" aria-label={w.free}>
      {today.length > 0 ? (
        <>
          <p class="hint">{w.freeOn(shortDay(day))}</p>
          <div class="choices">
            {today.map((slot) => (
              <button
                key={slot.at}
                type="button"
                class={isTaken(slot) ? "chip n on" : "chip n"}
                aria-pressed={isTaken(slot)}
                onClick={() => take(slot)}
              >
                {clock(slot.minutes)}
              </button>
            ))}
          </div>
        </>
      ) : (
        <p class="hint">{w.fullOn(shortDay(day))}</p>
      )}
      {today.length === 0 && next && (
        <button type="button" class="btn small" onClick={() => take(next)}>
          {w.nextFree(shortDay(next.day), clock(next.minutes))}
        </button>
      )}
    </div>
  );
}
