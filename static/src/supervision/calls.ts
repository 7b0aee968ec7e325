// The calls of the board, as the server reports them. Changes are collected for a moment and shown together, because there may be hundreds of calls.
import { signal } from "@preact/signals";
import { entriesAfter, STORE_LAG_MS } from "../api/entries";
import { listen } from "../api/live";
import type { Call, Entry, LiveMessage, Page, SupervisionMode } from "../api/model";

/** A live call. It is the same object as long as it does not change. */
export interface BoardCall {
  readonly call: Call;
  /** Since when the caller is on hold, ms since 1970; null if they are not. */
  readonly heldSince: number | null;
  /** Supervisors who hear the call, by id; only those who started while the board was open. */
  readonly ears: ReadonlyMap<string, SupervisionMode>;
  /** Whether it began a moment ago, while the board was open. */
  readonly isFresh: boolean;
}

/** The state of a call. */
export type Stand = "ringing" | "assistant" | "agent" | "held" | "interrupted";

/** Changes are shown after this long, in ms. */
const GATHERED_MS = 100;
/** A new call is marked for this long, in ms. */
const FRESH_MS = 3_000;

/** Live calls, oldest first; null until the first snapshot. */
export const board = signal<readonly BoardCall[] | null>(null);

const NOBODY: ReadonlyMap<string, SupervisionMode> = new Map();

/** The state of a call. */
export function standOf({ call, heldSince }: BoardCall): Stand {
  if (call.state === "interrupted") return "interrupted";
  if (call.state !== "live") return "ringing";
  if (heldSince !== null) return "held";
  return talkerOf(call) ? "agent" : "assistant";
}

/** The person who talks with the other party, or calls them: an agent, or somebody on a phone without a name; undefined if the assistant does. */
export function talkerOf(call: Call): { user_id: string; name: string | null } | undefined {
  const has = call.answered_at === null ? "accepted" : "talking";
  return call.agents.find(({ outcome }) => outcome === has) ?? (call.with_person ? { user_id: "phone", name: null } : undefined);
}

/** Follows the calls until the returned function is called. */
export function follow(): () => void {
  const known = new Map<string, BoardCall>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    timer = undefined;
    board.value = [...known.values()].sort((one, other) => (one.call.id < other.call.id ? -1 : 1));
  };
  const calmed = (id: string) => {
    const call = known.get(id);
    if (!call) return;
    known.set(id, { ...call, isFresh: false });
    timer ??= setTimeout(show, GATHERED_MS);
  };
  /** Calls for which entries are being read that were missed while the connection was lost: the last known entry, and the entries that have arrived
   * since. */
  const catchingUp = new Map<string, { after: number; since: Entry[] }>();
  let isOver = false;
  /** Reads the missed entries of a call: supervisors may have left. */
  const catchUp = async ({ id, last_seq }: Call) => {
    const reading = { after: catchingUp.get(id)?.after ?? last_seq, since: [] as Entry[] };
    catchingUp.set(id, reading);
    const missed = await entriesOf(id, reading.after).catch(() => null);
    // The connection was lost again, or the board is closed.
    if (isOver || catchingUp.get(id) !== reading) return;
    catchingUp.delete(id);
    let call = known.get(id);
    if (!call) return;
    // Without the missed entries, only the supervisors who have joined since then are certain.
    if (missed === null) call = { ...call, ears: NOBODY };
    for (const entry of [...(missed ?? []), ...reading.since]) call = withEntry(call, entry) ?? call;
    known.set(id, call);
    timer ??= setTimeout(show, GATHERED_MS);
  };
  const stop = listen(
    (message) => {
      if (message.kind === "entry") catchingUp.get(message.entry.call_id)?.since.push(message.entry);
      if (message.kind === "snapshot") for (const one of known.values()) if (one.ears.size > 0) void catchUp(one.call);
      if (!take(known, message, (id) => setTimeout(calmed, FRESH_MS, id))) return;
      if (message.kind === "snapshot") {
        clearTimeout(timer);
        show();
      } else timer ??= setTimeout(show, GATHERED_MS);
    },
    undefined,
    "board",
  );
  return () => {
    isOver = true;
    stop();
    clearTimeout(timer);
    board.value = null;
  };
}

/** The entries of a call after this one, once the store has those that were reported by now. */
async function entriesOf(id: string, after: number): Promise<Entry[]> {
  await new Promise((done) => setTimeout(done, STORE_LAG_MS));
  const entries: Entry[] = [];
  for (let last: number | null = after; last !== null; ) {
    const page: Page<Entry> = await entriesAfter(id, last);
    entries.push(...page.items);
    last = page.next_cursor === null ? null : (page.items.at(-1)?.seq ?? null);
  }
  return entries;
}

/** Handles an event; returns whether anything changes on the board. `come` is called with a new call. */
function take(known: Map<string, BoardCall>, message: LiveMessage, come: (id: string) => void): boolean {
  switch (message.kind) {
    case "snapshot": {
      const live = new Set(message.calls.map(({ id }) => id));
      for (const id of known.keys()) if (!live.has(id)) known.delete(id);
      for (const call of message.calls) if (call.state !== "ended") known.set(call.id, withRow(known.get(call.id), call));
      return true;
    }
    case "call": {
      const { call } = message;
      if (call.state === "ended") return known.delete(call.id);
      const before = known.get(call.id);
      if (!before) come(call.id);
      known.set(call.id, { ...withRow(before, call), ...(before ? {} : { isFresh: true }) });
      return true;
    }
    case "entry": {
      const { entry } = message;
      const before = known.get(entry.call_id);
      const after = before && withEntry(before, entry);
      if (!after) return false;
      known.set(entry.call_id, after);
      return true;
    }
    default:
      return false;
  }
}

/** The call after this entry; undefined if the board shows nothing of it. */
function withEntry(before: BoardCall, entry: Entry): BoardCall | undefined {
  switch (entry.kind) {
    case "supervisor_joined":
    case "supervision_changed":
      return { ...before, ears: new Map(before.ears).set(entry.user_id, entry.mode) };
    case "supervisor_left": {
      const ears = new Map(before.ears);
      ears.delete(entry.user_id);
      return { ...before, ears };
    }
    default:
      return undefined;
  }
}

function withRow(before: BoardCall | undefined, call: Call): BoardCall {
  const heldSince = call.held_since ? Date.parse(call.held_since) : null;
  return { ...(before ?? { ears: NOBODY, isFresh: false }), call, heldSince };
}
