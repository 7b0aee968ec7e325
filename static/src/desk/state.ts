// What a desk knows, folded from the messages of its socket.
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

/** A desk as it is now. */
export interface DeskNow {
  /** The agent whose desk it is. */
  me: string;
  agents: AgentNow[];
  queues: DeskQueue[];
  offer: DeskOffer | null;
  calls: AgentCall[];
  wrapUps: DeskWrapUp[];
  reasons: PresenceReason[];
  dispositions: Disposition[];
  /** Whether the cache of customer profiles answers. */
  hasProfiles: boolean;
  /** Whom the agent has called in vain, as it was told last. */
  unreached?: DeskMessage & { kind: "not_reached" };
}

/** An offer that is over, and why; `unknown` where the desk was not there to see it. */
export interface Gone {
  offer: DeskOffer;
  why: OfferGone | "unknown";
  takenBy: string | null;
}

/** The desk after this message; null before the first snapshot. */
export function folded(desk: DeskNow | null, message: DeskMessage): DeskNow | null {
  if (message.kind === "snapshot") {
    const { me, agents, queues, offer, calls, wrap_ups, presence_reasons, dispositions, profiles_available } = message;
    const hasProfiles = profiles_available;
    return { me, agents, queues, offer, calls, wrapUps: wrap_ups, reasons: presence_reasons, dispositions, hasProfiles };
  }
  if (!desk) return null;
  switch (message.kind) {
    case "agent": {
      const { agent } = message;
      const isKnown = desk.agents.some((other) => other.user_id === agent.user_id);
      const agents = desk.agents.map((other) => (other.user_id === agent.user_id ? agent : other));
      return { ...desk, agents: isKnown ? agents : [...agents, agent] };
    }
    case "floor":
      return { ...desk, agents: message.agents, queues: message.queues };
    case "queue": {
      const { queue } = message;
      return { ...desk, queues: desk.queues.map((other) => (other.id === queue.id ? queue : other)) };
    }
    case "offered":
      return { ...desk, offer: message.offer };
    case "offer_gone":
      return desk.offer?.id === message.offer_id ? { ...desk, offer: null } : desk;
    case "work":
      return { ...desk, calls: message.calls, wrapUps: message.wrap_ups };
    case "not_reached":
      return { ...desk, unreached: message };
    case "profiles":
      return { ...desk, hasProfiles: message.available };
  }
}

/** The offer that this message ends; null where it ends none. */
export function goneBy(desk: DeskNow | null, message: DeskMessage): Gone | null {
  const offer = desk?.offer;
  if (!offer) return null;
  if (message.kind === "offer_gone" && message.offer_id === offer.id) {
    return { offer, why: message.why, takenBy: message.taken_by };
  }
  if (message.kind === "snapshot" && message.offer?.id !== offer.id) {
    const isMine = message.calls.some((call) => call.call_id === offer.call_id);
    return { offer, why: isMine ? "accepted" : "unknown", takenBy: null };
  }
  return null;
}
