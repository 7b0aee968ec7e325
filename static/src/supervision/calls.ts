// The calls of the board, as the server tells them: changes are gathered for a moment and shown together, because there may be hundreds of calls.
import { signal } from "@preact/signals";
import { listen } from "../api/live";
import type { Call, LiveMessage, SupervisionMode } from "../api/model";

/** A live call. It is the same object as long as nothing of it changes. */
export interface BoardCall {
  readonly call: Call;
  /** Since when the caller is on hold, ms since 1970, where that began while the board was open; else null. */
  readonly heldSince: number | null;
  /** Supervisors who hear the call, by their ids, of those who began while the board was open. */
  readonly ears: ReadonlyMap<string, SupervisionMode>;
  /** It has come a moment ago, while the board was open. */
  readonly isFresh: boolean;
}

/** State of a call. */
export type Stand = "ringing" | "assistant" | "agent" | "held" | "interrupted";

/** Changes are shown after so long, in ms. */
const GATHERED_MS = 100;
/** A call that has come is marked for so long, in ms. */
const FRESH_MS = 3_000;

/** Those that are not over, the oldest first; null until the first snapshot. */
export const board = signal<readonly BoardCall[] | null>(null);

const NOBODY: ReadonlyMap<string, SupervisionMode> = new Map();

/** State of a call. */
export function standOf({ call, heldSince }: BoardCall): Stand {
  if (call.state === "interrupted") return "interrupted";
  if (call.state !== "live") return "ringing";
  if (heldSince !== null) return "held";
  return talkerOf(call) ? "agent" : "assistant";
}

/** The agent who has the caller; undefined where the assistant has them. */
export function talkerOf(call: Call): Call["agents"][number] | undefined {
  return call.agents.find(({ outcome }) => outcome === "talking");
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
  const stop = listen(
    (message) => {
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
    stop();
    clearTimeout(timer);
    board.value = null;
  };
}

/** Takes in an event; whether anything is to be shown. `come` gets a call that comes. */
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
      known.set(call.id, before ? { ...before, call } : { ...withRow(undefined, call), isFresh: true });
      return true;
    }
    case "entry": {
      const { entry } = message;
      const before = known.get(entry.call_id);
      if (!before) return false;
      switch (entry.kind) {
        case "hold_began":
          known.set(entry.call_id, { ...before, heldSince: Date.parse(entry.at) });
          return true;
        case "hold_ended":
          known.set(entry.call_id, { ...before, heldSince: null });
          return true;
        case "supervisor_joined":
        case "supervision_changed":
          known.set(entry.call_id, { ...before, ears: new Map(before.ears).set(entry.user_id, entry.mode) });
          return true;
        case "supervisor_left": {
          const ears = new Map(before.ears);
          ears.delete(entry.user_id);
          known.set(entry.call_id, { ...before, ears });
          return true;
        }
        default:
          return false;
      }
    }
    default:
      return false;
  }
}

function withRow(before: BoardCall | undefined, call: Call): BoardCall {
  return before ? { ...before, call } : { call, heldSince: null, ears: NOBODY, isFresh: false };
}
