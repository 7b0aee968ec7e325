// What the API speaks of, by short names.

/** Where a call stands. */
export type CallState = "waiting" | "live" | "interrupted" | "ended";

/** A call's row. Times RFC 3339, UTC. */
export interface Call {
  id: string;
  state: CallState;
  direction: "inbound";
  from: string | null;
  to: string | null;
  leg_kind: string | null;
  outside_ids: { kind: string; value: string }[];
  started_at: string;
  answered_at: string | null;
  ended_at: string | null;
  hangup_cause: string | null;
  hangup_by: string | null;
  profile_id: string;
  provider?: string | null;
  cost_micros?: number;
  currency?: string;
  recording_ms: number | null;
  last_seq: number;
}

/** An entry of a call's journal; what else it holds depends on its kind. */
export interface Entry {
  seq: number;
  at: string;
  kind: string;
  [field: string]: unknown;
}

/** One page of a list. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** An event of the live view. `seq` has no gaps. */
export type LiveEvent =
  | { seq: number; at: string; kind: "snapshot"; calls: Call[] }
  | { seq: number; at: string; kind: "call"; call: Call }
  | { seq: number; at: string; kind: "entry"; entry: Entry & { call_id: string } };

/** The actors of the node. */
export interface Actors {
  registry: { restarts: number; mailbox: number; since: string };
  calls: CallNode[];
  limits: { name: string; used: number; max: number }[];
  failures: { cause: string; count: number }[];
}

/** A call's actor with what it started. */
export interface CallNode {
  call_id: string;
  arbiter: number;
  state: string;
  mailbox: number;
  restarts: number;
  steps: number;
  last_step: { kind: string; at: string } | null;
  legs: { leg: number; kind: string; restarts: number }[];
  assistant: { leg: number; provider: string } | null;
}
