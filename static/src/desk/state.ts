// A desk's state, folded from the messages of its socket.
import type {
  AgentCall,
  AgentNow,
  DeskMessage,
  DeskOffer,
  DeskQueue,
  DeskWrapUp,
  Disposition,
  OfferGone,
  PresenceReason,
} from "../api/model";

/** A desk's current state. */
export interface DeskNow {
  /** The agent whose desk it is. */
  me: string;
  agents: AgentNow[];
  queues: DeskQueue[];
  /** Oldest first. */
  offers: DeskOffer[];
  calls: AgentCall[];
  wrapUps: DeskWrapUp[];
  reasons: PresenceReason[];
  dispositions: Disposition[];
  /** Whether the cache of customer profiles answers. */
  hasProfiles: boolean;
  /** The last party that the agent called without reaching them. */
  unreached?: DeskMessage & { kind: "not_reached" };
}

/** An offer that is over, and why; `unknown` if the desk was not connected at that time. */
export interface Gone {
  offer: DeskOffer;
  why: OfferGone | "unknown";
  takenBy: string | null;
}

/** The desk after this message; null before the first snapshot. */
export function folded(desk: DeskNow | null, message: DeskMessage): DeskNow | null {
  if (message.kind === "snapshot") {
    const { me, agents, queues, offers, calls, wrap_ups, presence_reasons, dispositions, profiles_available } = message;
    const hasProfiles = profiles_available;
    const now = { me, agents, queues, offers, calls, wrapUps: wrap_ups, reasons: presence_reasons, dispositions, hasProfiles };
    // No snapshot has it, and agents who look for a number in another window come back to a snapshot.
    const unreached = desk?.unreached;
    return unreached ? { ...now, unreached } : now;
  }
  if (!desk) return null;
  switch (message.kind) {
    case "changed": {
      const agents = new Map(desk.agents.map((agent) => [agent.user_id, agent]));
      for (const agent of message.agents) agents.set(agent.user_id, agent);
      const queues = new Map(desk.queues.map((queue) => [queue.id, queue]));
      for (const queue of message.queues) if (queues.has(queue.id)) queues.set(queue.id, queue);
      return { ...desk, agents: [...agents.values()], queues: [...queues.values()] };
    }
    case "floor":
      return { ...desk, agents: message.agents, queues: message.queues };
    case "offered":
      return { ...desk, offers: [...desk.offers, message.offer] };
    case "offer_gone":
      return { ...desk, offers: desk.offers.filter(({ id }) => id !== message.offer_id) };
    case "work":
      return { ...desk, calls: message.calls, wrapUps: message.wrap_ups };
    case "not_reached":
      return { ...desk, unreached: message };
    case "profiles":
      return { ...desk, hasProfiles: message.available };
  }
}

/** A call that became the agent's automatically, as in predictive campaigns: it was never offered to them, they have not begun it, and its audio is
 * in this browser. Null if there is none. */
export function acceptedFor(before: DeskNow | null, after: DeskNow | null, offered: ReadonlySet<string>): string | null {
  if (!before || !after) return null;
  const isNew = ({ call_id }: AgentCall) => before.calls.every((known) => known.call_id !== call_id) && !offered.has(call_id);
  const isTheirs = ({ state, audio, dialling, colleague }: AgentCall) =>
    state === "connecting" && audio === "browser" && dialling === null && colleague === null;
  return after.calls.find((call) => isNew(call) && isTheirs(call))?.call_id ?? null;
}

/** The presence that the desk's agent has chosen, and since when they have been idle, as the query of the desk's address; empty if it is not known. */
export function presenceQuery(desk: DeskNow | null): string {
  const me = desk?.agents.find(({ user_id }) => user_id === desk.me);
  const chosen = me?.presence;
  if (chosen?.intent === "away") return `?away=${encodeURIComponent(chosen.reason ?? "")}`;
  if (!me || chosen?.intent !== "available") return "";
  // Both are in UTC and of one form: the greater text is the later time.
  return `?available=true&idle_since=${[me.presence_since, me.activity_since].sort()[1]}`;
}

/** The offer that this message ends; null if it ends none. */
export function goneBy(desk: DeskNow | null, message: DeskMessage): Gone | null {
  for (const offer of desk?.offers ?? []) {
    if (message.kind === "offer_gone" && message.offer_id === offer.id) {
      return { offer, why: message.why, takenBy: message.taken_by ?? null };
    }
    if (message.kind === "snapshot" && message.offers.every(({ id }) => id !== offer.id)) {
      const isMine = message.calls.some((call) => call.call_id === offer.call_id);
      return { offer, why: isMine ? "accepted" : "unknown", takenBy: null };
    }
  }
  return null;
}
