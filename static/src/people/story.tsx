// The history with a person, newest first: calls, text messages, appointments, activities from calls, leads.
import { useEffect, useRef, useState } from "preact/hooks";
import { get, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Activity, Appointment, Call, Lead, Page, TextMessage } from "../api/model";
import { placeOf, zoneHere } from "../app/business-clock";
import { isOff, stateOf } from "../appointments/state";
import { Icon, type IconName } from "../app/icons";
import { useFollowed } from "../app/followed";
import { Failed, Skeleton } from "../app/parts";
import { causeInWords, isBadEnd } from "../words/call";
import { dayAndTime, dayInFull, fullTime, length, timeOfDay } from "../words/time";
import { w } from "./words";

/** The person. `callId`: a call of theirs, whatever its number. */
export interface Whose {
  customerId: string | null;
  phone: string | null;
  /** Their other numbers. */
  phones?: string[];
  callId: string | null;
  /** A lead that is shown elsewhere on the page, and so not here. */
  leadId?: string;
}

/** Rows requested of each kind. */
const EACH_MAX = 50;
/** For how many calls the activities are requested: each call needs a request. */
const CALLS_LOOKED_INTO = 10;

interface Happening {
  key: string;
  at: string;
  icon: IconName;
  what: string;
  text: string;
  href?: string;
  tone?: "good" | "bad" | "mark";
}

async function listed<T>(path: string): Promise<T[]> {
  return (await get<Page<T>>(path)).items;
}

/** Everything known about a person, newest first. */
async function tell(whose: Whose): Promise<Happening[]> {
  const { customerId, phone, callId, leadId } = whose;
  const numbers = [...(phone === null ? [] : [phone]), ...(whose.phones ?? [])].map(encodeURIComponent);
  const none = Promise.resolve([]);
  // Only for complete numbers: a partial number would match other people's calls, and our own number everybody's.
  const known = Promise.all(numbers.map((number) => listed<Call>(`/api/v1/calls?party=${number}&limit=${EACH_MAX}`)));
  const [theirs, own, texts, appointments, leads] = await Promise.all([
    known.then((all) => all.flat()),
    callId ? get<Call>(`/api/v1/calls/${callId}`).then((call) => [call], () => []) : none,
    customerId && may("messages_read") ? listed<TextMessage>(`/api/v1/messages?customer_id=${customerId}&limit=${EACH_MAX}`) : none,
    customerId && may("appointments_read") ? listed<Appointment>(`/api/v1/appointments?customer_id=${customerId}&limit=200`) : none,
    customerId && may("leads_read") ? listed<Lead>(`/api/v1/leads?customer_id=${customerId}&limit=${EACH_MAX}`) : none,
  ]);
  const calls = new Map([...theirs, ...own].map((call) => [call.id, call]));
  const ofCall = callId && may("appointments_read") ? await listed<Appointment>(`/api/v1/appointments?call_id=${callId}&limit=${EACH_MAX}`) : [];
  const meetings = new Map([...appointments, ...ofCall].map((one) => [one.id, one]));
  const newest = [...calls.values()].sort((one, other) => (one.started_at < other.started_at ? 1 : -1));
  const looked = may("appointments_read") ? newest.slice(0, CALLS_LOOKED_INTO) : [];
  const noted = (await Promise.all(looked.map(({ id }) => listed<Activity>(`/api/v1/activities?call_id=${id}&limit=${EACH_MAX}`)))).flat();
  const all = [
    ...newest.map(ofACall),
    ...texts.map(ofAText),
    ...[...meetings.values()].map(ofAnAppointment),
    ...noted.map(ofAnActivity),
    ...leads.filter(({ id }) => id !== leadId).map(ofALead),
  ];
  return all.sort((one, other) => (one.at < other.at ? 1 : -1));
}

function ofACall(call: Call): Happening {
  const talked = call.talk_ms;
  const end = call.state === "ended" ? causeInWords(call) : w.onTheLine;
  return {
    key: call.id,
    at: call.started_at,
    icon: "calls",
    what: call.direction === "outbound" ? w.story.callTo : w.story.callFrom,
    text: talked === null ? end : `${length(talked)} · ${end}`,
    href: `/calls/${call.id}`,
    ...(isBadEnd(call.hangup_cause) ? { tone: "bad" as const } : {}),
  };
}

function ofAText(text: TextMessage): Happening {
  const failed = text.status === "failed" || text.status === "undelivered";
  return {
    key: text.id,
    at: text.created_at,
    icon: "text",
    what: text.direction === "inbound" ? w.story.textFrom : failed ? w.story.textFailed : w.story.textTo,
    text: text.body,
    ...(failed ? { tone: "bad" as const } : {}),
  };
}

function ofAnAppointment(one: Appointment): Happening {
  const starts = new Date(one.starts_at);
  const state = stateOf(one);
  const isFree = isOff(one);
  return {
    key: one.id,
    at: one.created_at,
    icon: "appointments",
    what: state === "lapsed" ? w.story.lapsed : isFree ? w.story.calledOff : state === "held" ? w.story.held : w.story.booked,
    text: `${one.service}, ${dayAndTime(starts)}`,
    href: `/appointments?day=${placeOf(starts, zoneHere()).day}&open=${one.id}`,
    tone: isFree ? "bad" : "good",
  };
}

function ofAnActivity(one: Activity): Happening {
  if (one.audio !== null) {
    const { from_ms, to_ms } = one.audio;
    return { key: one.id, at: one.at, icon: "voice", what: w.story.message, text: length(to_ms - from_ms), ...(one.call_id === null ? {} : { href: `/calls/${one.call_id}` }) };
  }
  const isTodo = one.type === "todo";
  return {
    key: one.id,
    at: one.type === "event" && Date.parse(one.at) > Date.now() ? one.updated_at : one.at,
    icon: isTodo ? "todo" : "note",
    what: isTodo ? (one.action === "completed" ? w.story.todoDone : w.story.todo) : w.story.event,
    text: one.title,
    ...(one.action === "completed" ? { tone: "good" as const } : {}),
  };
}

function ofALead(lead: Lead): Happening {
  return { key: lead.id, at: lead.created_at, icon: "leads", what: w.story.lead, text: lead.need || lead.name, href: `/leads/${lead.id}`, tone: "mark" };
}

/** The timeline, by day. `again`: reloaded whenever it changes. */
export function Story({ whose, again = "" }: { whose: Whose; again?: string }) {
  const [happenings, setHappenings] = useState<Happening[] | null>(null);
  const [fault, setFault] = useState("");
  const turn = useRef(0);
  const look = async () => {
    turn.current += 1;
    const mine = turn.current;
    try {
      const all = await tell(whose);
      if (turn.current !== mine) return;
      setFault("");
      setHappenings(all);
    } catch (error) {
      // Shown entries stay if only the reload after a change failed.
      if (turn.current === mine && happenings === null) setFault(messageOf(error));
    }
  };
  const { customerId, phone, callId } = whose;
  const phones = (whose.phones ?? []).join();
  useEffect(() => {
    void look();
    return () => {
      turn.current += 1;
    };
  }, [customerId, phone, phones, callId, again]);
  useFollowed(["activity", "appointment", "lead", "message"], () => void look());
  if (fault !== "") return <Failed message={fault} onRetry={() => void look()} />;
  if (happenings === null) return <Skeleton rows={5} />;
  if (happenings.length === 0) return <p class="muted story-none">{w.story.none}</p>;
  const days = new Map<string, Happening[]>();
  for (const one of happenings) {
    const day = dayInFull(new Date(one.at));
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return (
    <div class="story">
      {[...days].map(([day, ones]) => (
        <section key={day}>
          <h3>{day}</h3>
          <ol class="timeline">
            {ones.map((one) => (
              <Row key={one.key} one={one} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}

function Row({ one }: { one: Happening }) {
  const at = new Date(one.at);
  return (
    <li class={one.tone ?? ""}>
      <time dateTime={one.at} title={fullTime(at)}>
        {timeOfDay(at)}
      </time>
      <span class="at">
        <Icon name={one.icon} />
      </span>
      <div class="story-row">
        {one.href ? (
          <a class="bare" href={one.href}>
            {one.what}
          </a>
        ) : (
          <span class="what">{one.what}</span>
        )}
        {one.text !== "" && (
          <p dir="auto" class="soft">
            {one.text}
          </p>
        )}
      </div>
    </li>
  );
}
