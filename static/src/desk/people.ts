// The people on the line: a call's row, and known facts about its customer, by the call's id. A call never gets another call's data.
import { effect, type Signal, signal, untracked } from "@preact/signals";
import { get, messageOf, Problem } from "../api/client";
import type { Call, CustomerData } from "../api/model";
import { callerName } from "../words/call";
import { askedIn } from "./standing";
import { desk, mine } from "./store";
import { w } from "./words";

/** Knowledge about a customer. */
export type Known =
  | { state: "looking" }
  | { state: "there"; customer: CustomerData }
  | { state: "none"; words: string }
  | { state: "failed"; words: string };

/** The person on one call. */
export interface Person {
  call: Signal<Call | null>;
  known: Signal<Known>;
}

/** A profile may be cached a moment after the call is offered: it is requested again after these pauses, in ms. */
const PAUSES_MS = [300, 700, 1_500, 3_000, 6_000];
/** After them the row of a call on the desk is requested this often, in ms. */
const SLOW_PAUSE_MS = 15_000;
/** How many people with recent calls are kept. */
const PERSONS_MAX = 50;

const persons = new Map<string, Person>();
/** The calls whose rows are being searched for. */
const sought = new Set<string>();
/** Counts the searches for each customer: only the newest one's result is used. */
const searches = new WeakMap<Person, number>();

/** The person on this call. Missing facts are loaded. */
export function personOn(callId: string): Person {
  const there = persons.get(callId);
  if (there) return there;
  const person = { call: signal<Call | null>(null), known: signal<Known>({ state: "looking" }) };
  persons.set(callId, person);
  const oldest = persons.keys().next();
  if (persons.size > PERSONS_MAX && !oldest.done) persons.delete(oldest.value);
  void lookForCall(callId, person);
  void lookForCustomer(callId, person);
  return person;
}

/** Searches for the customer again. */
export function lookAgain(callId: string): void {
  const person = personOn(callId);
  person.known.value = { state: "looking" };
  void lookForCustomer(callId, person);
}

/** The name of the person; otherwise their number, or that the caller is unknown. */
export function nameOn(callId: string): string {
  const { call, known } = personOn(callId);
  const name = known.value.state === "there" ? known.value.customer.customer.name : "";
  const own = desk.value?.calls.find(({ call_id }) => call_id === callId);
  if (own?.dialling || own?.colleague) return askedIn({ target: own.dialling?.to ?? "", with: own.colleague });
  return name || (call.value ? callerName(call.value) : w.person.aCaller);
}

/** Their number, or the name of a visitor of a talk link; empty if it is not known. */
export function numberOn(callId: string): string {
  const call = personOn(callId).call.value;
  return (call?.direction === "outbound" ? call.to : call?.from) ?? "";
}

/** Loads everybody who is offered or on a call, so that their names are known before they are needed. */
export function followPeople(): () => void {
  let offered: readonly number[] = [];
  let couldRead = true;
  return effect(() => {
    const { offers, calls, wrapUps, hasProfiles } = desk.value ?? { offers: [], calls: [], wrapUps: [], hasProfiles: true };
    const canReadAgain = hasProfiles && !couldRead;
    couldRead = hasProfiles;
    // A caller who is offered again has talked with the assistant in the meantime.
    const again = offers.filter(({ id, call_id }) => !offered.includes(id) && persons.has(call_id));
    offered = offers.map(({ id }) => id);
    untracked(() => {
      for (const { call_id } of again) void lookForCustomer(call_id, personOn(call_id));
      for (const { call_id } of [...offers, ...calls, ...wrapUps]) {
        const person = personOn(call_id);
        if (person.call.value === null) void lookForCall(call_id, person);
      }
      if (!canReadAgain) return;
      for (const [id, { known }] of persons) if (known.value.state === "failed") lookAgain(id);
    });
  });
}

/** Searches for a call's row, slowly as long as the call is on the desk. */
async function lookForCall(callId: string, person: Person): Promise<void> {
  if (sought.has(callId)) return;
  sought.add(callId);
  for (let tries = 0; tries <= PAUSES_MS.length || isOnDesk(callId); tries += 1) {
    await waited(tries === 0 ? 0 : (PAUSES_MS[tries - 1] ?? SLOW_PAUSE_MS));
    try {
      person.call.value = await get<Call>(`/api/v1/calls/${encodeURIComponent(callId)}`);
      break;
    } catch {
      // The caller's name can be requested again; no notice is needed.
    }
  }
  sought.delete(callId);
}

function isOnDesk(callId: string): boolean {
  const { offers, calls, wrapUps } = desk.peek() ?? { offers: [], calls: [], wrapUps: [] };
  return [...offers, ...calls, ...wrapUps].some(({ call_id }) => call_id === callId);
}

async function lookForCustomer(callId: string, person: Person): Promise<void> {
  const search = (searches.get(person) ?? 0) + 1;
  searches.set(person, search);
  const isNewest = () => searches.get(person) === search;
  const { offers, calls } = desk.peek() ?? { offers: [], calls: [] };
  const offer = offers.find(({ call_id }) => call_id === callId);
  const own = calls.find(({ call_id }) => call_id === callId);
  // Nothing was cached for people whom agents call, or for agents' own calls.
  if (own?.dialling || own?.colleague || offer?.by) {
    person.known.value = { state: "none", words: w.person.nothing };
    return;
  }
  for (const pause of [0, ...PAUSES_MS]) {
    await waited(pause);
    if (!isNewest()) return;
    try {
      const customer = await customerOn(callId);
      if (!isNewest()) return;
      person.known.value = customer ? { state: "there", customer } : { state: "none", words: w.person.nothing };
      if (customer) return;
    } catch (fault) {
      if (!isNewest()) return;
      person.known.value = { state: "failed", words: messageOf(fault) };
      // A network that is lost for a moment is back before the agent presses the button; anything else is theirs to repeat.
      if (!(fault instanceof Problem && fault.status === 0)) return;
    }
  }
}

/** The known facts about a call's customer, under one of the names by which the agent was offered it. */
async function customerOn(callId: string): Promise<CustomerData | null> {
  let unread: unknown = null;
  for (const extension of namesFor(callId)) {
    const query = new URLSearchParams({ extension, call_id: callId });
    try {
      const customer = await get<CustomerData>(`/api/customer/data?${query.toString()}`);
      // The newest caller there may be somebody else.
      if (customer.call_id === null || customer.call_id === callId) return customer;
    } catch (fault) {
      // If their cache is unavailable, the profile may still be under another name.
      if (!(fault instanceof Problem && fault.status === 404)) unread = fault;
    }
  }
  if (unread) throw unread;
  return null;
}

/** The queue that offered the call, the agent's own extension, and the agent's queues. */
function namesFor(callId: string): string[] {
  const { me, offers, queues } = desk.peek() ?? { me: "", offers: [], queues: [] };
  const offer = offers.find(({ call_id }) => call_id === callId);
  const offeredBy = offer ? queues.filter(({ id }) => id === offer.queue_id) : [];
  const own = mine.peek()?.extension;
  const taken = queues.filter(({ members }) => members.includes(me));
  const names = [...offeredBy.map(({ name }) => name), ...(own ? [own] : []), ...taken.map(({ name }) => name)];
  return [...new Set(names)];
}

function waited(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((done) => setTimeout(done, ms));
}
