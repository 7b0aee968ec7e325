// One appointment: its details, with ways to move, change or cancel it.
import { useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { Appointment } from "../api/model";
import { AppointmentChange } from "../api/rules";
import { momentOf, placeOf } from "../app/business-clock";
import { LeverField, NumberField, RecordForm, TextArea, TextField } from "../app/form/fields";
import { throwAt } from "../app/form/meant";
import { useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Confirm, Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Sheet } from "../people/parts";
import { typedNumber } from "../words/phone";
import { lengthOf, MINUTES_MAX } from "./diary";
import { isOff, stateOf } from "./state";
import { w } from "./words";
import { clock, dayWords, minutesOf, written } from "./zone";

/** The dialog. */
export function Details({ id, zone, onChange, onClose }: { id: string; zone: string; onChange: (one: Appointment) => void; onClose: () => void }) {
  const { value, fault, again, show } = useLoaded<Appointment>(`/api/v1/appointments/${encodeURIComponent(id)}`, { what: "appointment", id });
  const changed = (one: Appointment) => {
    show(one);
    onChange(one);
  };
  return (
    <Sheet title={value?.service ?? w.appointment} onClose={onClose}>
      {fault !== "" ? (
        <Failed message={fault} onRetry={() => void again()} />
      ) : value === null ? (
        <Skeleton rows={5} />
      ) : (
        <Known one={value} zone={zone} onChange={changed} onClose={onClose} />
      )}
    </Sheet>
  );
}

function Known({ one, zone, onChange, onClose }: { one: Appointment; zone: string; onChange: (one: Appointment) => void; onClose: () => void }) {
  const [asks, setAsks] = useState(false);
  const [isKept, setKept] = useState(false);
  // A hold that has lapsed can still be confirmed while nobody else has its time.
  const canWrite = may("appointments_write") === true && one.status !== "cancelled";
  const canBeAgreed = canWrite && one.status === "held";
  const { day, minutes } = placeOf(new Date(one.starts_at), zone);
  const act = async (edit: { status: "confirmed" | "cancelled"; ignore_buffers?: true }, done: string) => {
    try {
      const now = await change<Appointment>("PATCH", `/api/v1/appointments/${one.id}`, edit);
      if (now) onChange(now);
      tell(done);
    } catch (fault) {
      // Nobody has the time of a lapsed hold, but another appointment may keep it free since.
      if (fault instanceof Problem && fault.code === "kept_free") setKept(true);
      else tell(messageOf(fault));
    }
  };
  return (
    <div class="meeting-details">
      <p class="when">
        <strong>{dayWords(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" })}</strong>
        <span class="n">
          {clock(minutes)}–{clock(placeOf(new Date(one.ends_at), zone).minutes)}
        </span>
        <State one={one} />
      </p>
      <dl class="facts">
        {one.name !== "" && (
          <div>
            <dt>{w.name}</dt>
            <dd>{one.customer_id !== null && may("customers_read") ? <a class="tap" href={`/customers/${one.customer_id}`}><bdi>{one.name}</bdi></a> : <bdi>{one.name}</bdi>}</dd>
          </div>
        )}
        {one.phone !== null && (
          <div>
            <dt>{w.phone}</dt>
            <dd class="n">
              <a class="tap" href={`tel:${one.phone}`}>
                {one.phone}
              </a>
            </dd>
          </div>
        )}
        {!canWrite && one.address !== "" && (
          <div>
            <dt>{w.address}</dt>
            <dd>
              <bdi>{one.address}</bdi>
            </dd>
          </div>
        )}
        {!canWrite && one.notes !== "" && (
          <div>
            <dt>{w.notes}</dt>
            <dd>
              <bdi>{one.notes}</bdi>
            </dd>
          </div>
        )}
        {(one.call_id !== null || one.lead_id !== null) && (
          <div>
            <dt>{w.cameFrom}</dt>
            <dd class="ways">
              {one.call_id !== null && (
                <a class="tap" href={`/calls/${one.call_id}`}>
                  {w.theCall}
                </a>
              )}
              {one.lead_id !== null && may("leads_read") && (
                <a class="tap" href={`/leads/${one.lead_id}`}>
                  {w.theLead}
                </a>
              )}
            </dd>
          </div>
        )}
      </dl>
      {canBeAgreed && (
        <div class="notice">
          <p>{stateOf(one) === "lapsed" ? w.lapsedHint : w.heldHint}</p>
          <button type="button" class="btn small" onClick={() => void act({ status: "confirmed" }, w.confirmed)}>
            <Icon name="tick" size="small" />
            {w.confirm}
          </button>
        </div>
      )}
      {canWrite && <Form one={one} zone={zone} onChange={onChange} onClose={onClose} onOff={() => setAsks(true)} />}
      {asks && (
        <Confirm
          title={w.offTitle}
          text={w.offText}
          verb={w.callOff}
          no={w.keep}
          onClose={() => setAsks(false)}
          onYes={() => void act({ status: "cancelled" }, w.calledOff)}
        />
      )}
      {isKept && (
        <Confirm
          title={w.keptTitle}
          text={w.anywayHint}
          verb={w.anyway}
          takes="nothing"
          onClose={() => setKept(false)}
          onYes={() => void act({ status: "confirmed", ignore_buffers: true }, w.confirmed)}
        />
      )}
    </div>
  );
}

/** Its state: a shape, a glyph and a word. */
function State({ one }: { one: Appointment }) {
  const state = stateOf(one);
  const [look, icon] = isOff(one) ? (["missed", "cross"] as const) : state === "held" ? (["held", "hold"] as const) : (["live", "tick"] as const);
  return (
    <span class={`state ${look}`}>
      <Icon name={icon} />
      {w.statuses[state]}
    </span>
  );
}

/** The fields; the start is on the business's clock. */
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

function fieldsOf(one: Appointment, zone: string): Fields {
  const begin = placeOf(new Date(one.starts_at), zone);
  const { service, name, phone, address, notes } = one;
  return { service, day: begin.day, time: written(begin.minutes), long: lengthOf(one), name, phone: phone ?? "", address, notes, anyway: false };
}

function Form(props: { one: Appointment; zone: string; onChange: (one: Appointment) => void; onClose: () => void; onOff: () => void }) {
  const { one, zone } = props;
  const base = fieldsOf(one, zone);
  const [isKept, setKept] = useState(false);
  const draft = useDraft<Fields>({
    value: base,
    // Somebody else may confirm or move it while the user types here.
    follows: true,
    rules: {
      service: { ...AppointmentChange.service, required: true },
      name: AppointmentChange.name,
      phone: AppointmentChange.phone,
      address: AppointmentChange.address,
      notes: AppointmentChange.notes,
      day: { required: true },
      time: { required: true },
      long: { required: true, minimum: 1, maximum: MINUTES_MAX },
      anyway: {},
    },
    send: async (fields) => {
      const edit: Record<string, unknown> = {};
      for (const field of ["service", "name", "address", "notes"] as const) if (fields[field] !== base[field]) edit[field] = fields[field];
      if (fields.phone !== base.phone) edit.phone = typedNumber(fields.phone);
      if (fields.day !== base.day || fields.time !== base.time || fields.long !== base.long) {
        // An unchanged start may be in an hour that the clock has twice.
        const stays = fields.day === base.day && fields.time === base.time;
        const starts = stays ? new Date(one.starts_at) : momentOf({ day: fields.day, minutes: minutesOf(fields.time) ?? 0 }, zone);
        edit.starts_at = starts.toISOString();
        edit.ends_at = new Date(starts.getTime() + (fields.long ?? 0) * 60_000).toISOString();
      }
      if (fields.anyway) edit.ignore_buffers = true;
      const now = await change<Appointment>("PATCH", `/api/v1/appointments/${one.id}`, edit).catch((fault: unknown) => atItsField(fault, setKept));
      if (now) props.onChange(now);
    },
  });
  return (
    <>
      <RecordForm
        draft={draft}
        label={w.appointment}
        onSaved={() => {
          tell(w.saved);
          props.onClose();
        }}
      >
        <TextField draft={draft} name="service" label={w.service} />
        <div class="trio">
          <TextField draft={draft} name="day" label={w.dayLabel} type="date" />
          <TextField draft={draft} name="time" label={w.time} type="time" />
          <NumberField draft={draft} name="long" label={w.long} unit={w.minutes} step={15} />
        </div>
        {isKept && <LeverField draft={draft} name="anyway" label={w.anyway} hint={w.anywayHint} />}
        <div class="pair">
          <TextField draft={draft} name="name" label={w.name} />
          <TextField draft={draft} name="phone" label={w.phone} type="tel" hint={w.phoneHint} />
        </div>
        <TextArea draft={draft} name="address" label={w.address} rows={2} />
        <TextArea draft={draft} name="notes" label={w.notes} rows={2} />
      </RecordForm>
      <p class="call-off">
        <button type="button" class="btn small danger" onClick={props.onOff}>
          <Icon name="cross" size="small" />
          {w.callOff}
        </button>
      </p>
    </>
  );
}

/** Reports a taken time at the time field. `setKept`: told if the time is only kept free, which the user may ignore. */
export function atItsField(fault: unknown, setKept: (isKept: boolean) => void): never {
  if (fault instanceof Problem && fault.code === "kept_free") setKept(true);
  throwAt(fault, { slot_taken: { field: "time", reason: w.takenReason }, kept_free: { field: "time", reason: w.keptReason } });
}
