// The calls that the agent was offered recently, and their outcomes.
import { computed, effect, signal } from "@preact/signals";
import { get } from "../api/client";
import type { Call, Page } from "../api/model";
import { length } from "../words/time";
import { desk, gone, isLive } from "./store";
import { w } from "./words";

/** How many calls are shown. */
const CALLS = 10;
/** The store has an event of the desk after this long at most. */
const STORE_LAG_MS = 800;

/** The newest answer, and the agent whose calls it has. It stays while other pages are shown. */
const asked = signal<{ of: string; calls: Call[] } | null>(null);

/** Those that no longer need the agent, newest first; null before the first answer. */
export const recent = computed<Call[] | null>(() => {
  const { me, offers, calls, wrapUps } = desk.value ?? { me: null, offers: [], calls: [], wrapUps: [] };
  const { value } = asked;
  if (value === null || value.of !== me) return null;
  const busy = new Set([...offers, ...calls, ...wrapUps].map(({ call_id }) => call_id));
  return value.calls.filter(({ id }) => !busy.has(id));
});

const ofMine = (call: Call) => call.agents.find(({ user_id }) => user_id === desk.value?.me);

/** The outcome of a call at this agent's desk. */
export function outcomeOf(call: Call): string | undefined {
  return ofMine(call)?.outcome;
}

/** The same as text. */
export function outcomeText(call: Call): string {
  const mine = ofMine(call);
  switch (mine?.outcome) {
    case "missed":
      return w.fates.missed;
    case "declined":
      return w.fates.declined;
    case "accepted":
      return w.fates.accepted;
    case "consulted":
      return w.fates.consulted;
    case "talking":
    case "talked":
      return w.fates.talked(length(mine.talked_ms));
    default:
      return "";
  }
}

/** Loads them, now and whenever an offer comes or something is over, until the returned function is called. */
export function followHistory(): () => void {
  /** The state at the last request. */
  let before: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const { me, offers, calls, wrapUps } = desk.value ?? { me: null, offers: [], calls: [], wrapUps: [] };
    const work = [offers.map(({ id }) => id).join(), gone.value?.offer.id, ...calls.map(({ call_id }) => call_id), wrapUps.length].join();
    if (me === null || !isLive.value || work === before) return;
    before = work;
    void look(me);
    clearTimeout(timer);
    timer = setTimeout(() => void look(me), STORE_LAG_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Counts the requests: an answer is ignored if a newer request was made. */
let round = 0;

async function look(me: string): Promise<void> {
  round += 1;
  const own = round;
  try {
    const { items } = await get<Page<Call>>(`/api/v1/calls?agent_id=${encodeURIComponent(me)}&limit=${CALLS}`);
    if (own === round) asked.value = { of: me, calls: items };
  } catch {
    // The list stays as it was; the next change requests it again.
  }
}
