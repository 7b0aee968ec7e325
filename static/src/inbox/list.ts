// The entries of the inbox, their order, and the address's filter.
import type { Activity, Callback, TextMessage } from "../api/model";
import { dayAfter, momentOf, placeOf, zoneHere } from "../app/business-clock";

/** The kinds, in the order of the tabs. */
export const KINDS = ["callback", "message", "todo", "text"] as const;

export type Kind = (typeof KINDS)[number];

/** `now`: needs attention. `later`: has time. `read`: incoming text messages that wait to be handled. `done`: nothing to do any more. */
export type Part = "now" | "later" | "read" | "done";

/** An item of the list. */
export type Piece = { part: Part } & (
  | { kind: "callback"; of: Callback }
  | { kind: "message"; of: Activity }
  | { kind: "todo"; of: Activity }
  | { kind: "text"; of: TextMessage }
);

/** The filter. */
export interface Look {
  kind: "" | Kind;
  whose: "all" | "mine";
  done: boolean;
}

/** The filter in an address. */
export function lookIn(search: string): Look {
  const asked = new URLSearchParams(search);
  const kind = asked.get("kind");
  return {
    kind: KINDS.find((one) => one === kind) ?? "",
    whose: asked.get("whose") === "mine" ? "mine" : "all",
    done: asked.get("done") === "1",
  };
}

/** The address for this filter. */
export function addressOf({ kind, whose, done }: Look): string {
  const query = new URLSearchParams();
  if (kind !== "") query.set("kind", kind);
  if (whose === "mine") query.set("whose", "mine");
  if (done) query.set("done", "1");
  const text = query.toString();
  return text === "" ? "/inbox" : `/inbox?${text}`;
}

/** When a to-do is due, and whether it is overdue; null if it has no day. */
export function dueOf({ due_at }: Activity): { at: string; isOver: boolean } | null {
  return due_at === null ? null : { at: due_at, isOver: Date.parse(due_at) < Date.now() };
}

/** The end of the day of a moment on the business's clock. To-dos with an earlier time are due on that day. */
export function endOfDay(at: number): Date {
  const zone = zoneHere();
  return momentOf({ day: dayAfter(placeOf(new Date(at), zone).day, 1), minutes: 0 }, zone);
}

/** Each item once, in its latest state. Open and claimed callbacks are requested separately, and so are to-dos that are due: one that changes is in
 * two answers for a moment. */
export function eachOnce<T extends { id: string; updated_at: string }>(items: T[]): T[] {
  const latest = new Map<string, T>();
  for (const one of items) {
    const other = latest.get(one.id);
    if (!other || Date.parse(other.updated_at) <= Date.parse(one.updated_at)) latest.set(one.id, one);
  }
  return [...latest.values()];
}

/** One list: the longest waiting and the earliest due first, text messages newest first. `end`: to-dos with an earlier time are due. */
export function ordered(callbacks: Callback[], activities: Activity[], texts: TextMessage[], end: Date): Piece[] {
  // An event with a call's sound is a message that a caller has left; other events are notes on the call, and nobody's task.
  const messages = activities.filter(({ type, audio }) => type === "event" && audio !== null);
  const todos = activities.filter(({ type }) => type === "todo");
  const isDue = ({ due_at }: Activity) => due_at !== null && Date.parse(due_at) < end.getTime();
  const waiting: { at: string; piece: Piece }[] = [
    ...callbacks.map((of) => ({ at: of.created_at, piece: { kind: "callback" as const, part: "now" as const, of } })),
    ...messages.map((of) => ({ at: of.at, piece: { kind: "message" as const, part: "now" as const, of } })),
    ...todos.filter(isDue).map((of) => ({ at: of.due_at ?? of.at, piece: { kind: "todo" as const, part: "now" as const, of } })),
  ];
  waiting.sort((one, other) => (one.at < other.at ? -1 : 1));
  const later = todos
    .filter((todo) => !isDue(todo))
    .sort((one, other) => ((one.due_at ?? "9") < (other.due_at ?? "9") ? -1 : 1))
    .map((of): Piece => ({ kind: "todo", part: "later", of }));
  return [...waiting.map(({ piece }) => piece), ...later, ...texts.map((of): Piece => ({ kind: "text", part: "read", of }))];
}

/** All that is done, in one list, last done first. */
export function finished(callbacks: Callback[], activities: Activity[], texts: TextMessage[]): Piece[] {
  const part = "done" as const;
  const todos = activities.filter(({ type }) => type === "todo");
  const messages = activities.filter(({ type }) => type !== "todo");
  const done: { at: string; piece: Piece }[] = [
    ...callbacks.map((of) => ({ at: of.updated_at, piece: { kind: "callback" as const, part, of } })),
    ...todos.map((of) => ({ at: of.updated_at, piece: { kind: "todo" as const, part, of } })),
    ...messages.map((of) => ({ at: of.updated_at, piece: { kind: "message" as const, part, of } })),
    ...texts.map((of) => ({ at: of.done_at ?? of.updated_at, piece: { kind: "text" as const, part, of } })),
  ];
  done.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return done.map(({ piece }) => piece);
}
