// `/inbox`: what a user has to do. Callbacks, messages that callers left, to-dos and incoming text messages in one list.
import { useComputed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { may, myId } from "../api/me";
import type { Activity, Callback, InboxCount, TextMessage } from "../api/model";
import { Icon, type IconName } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number } from "../app/language";
import { Earlier, Further, together } from "../app/further";
import { type LoadedList, useList, useLoaded } from "../app/load";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { ZoneNote } from "../app/zone-note";
import { Empty } from "../people/parts";
import { addressOf, eachOnce, endOfDay, finished, KINDS, type Kind, lookIn, type Look, ordered, type Part, type Piece } from "./list";
import { CallbackRow, forgetNames, MessageRow, TextRow, TodoRow } from "./rows";
import { TodoForm } from "./todo";
import { w } from "./words";

/** Items per request, for each kind. */
const LIST_ROWS = 100;
const MINUTE_MS = 60_000;

const icons: Record<Kind, IconName> = { callback: "callback", message: "voice", todo: "todo", text: "text" };

/** The lists of the inbox: those of the selected kinds and owner. `at`: the current time, in ms. */
function useLists(look: Look, at: number) {
  const { kind, done } = look;
  const end = endOfDay(at);
  // Nobody has this id: the admin token is not a user, and owns nothing.
  const me = myId() ?? "00000000-0000-0000-0000-000000000000";
  const of = (what: Kind, isSeen: boolean, path: string, query: Record<string, string>, owner?: string) => {
    const isWanted = isSeen && (kind === "" || kind === what) && (look.whose === "all" || owner !== undefined);
    const all = { ...query, ...(look.whose === "mine" && owner !== undefined ? { [owner]: me } : {}), limit: String(LIST_ROWS) };
    return isWanted ? `/api/v1/${path}?${new URLSearchParams(all).toString()}` : null;
  };
  const seesFloor = may("floor_read") === true;
  const seesTodos = may("appointments_read") === true;
  const open = String(!done);
  const paths = {
    callbacks: of("callback", seesFloor, "callbacks", { state: done ? "done" : "open", last_done_first: String(done) }, "user_id"),
    claimed: of("callback", seesFloor && !done, "callbacks", { state: "claimed" }, "user_id"),
    todos: of("todo", seesTodos, "activities", { type: "todo", open, last_done_first: String(done) }, "owner_id"),
    // The list is newest first: an old to-do that is due today would be on its last page.
    due: of("todo", seesTodos && !done, "activities", { type: "todo", open, due_before: end.toISOString() }, "owner_id"),
    // An event with a call's sound is a message that a caller has left; other events are notes on the call, and nobody's task.
    messages: of("message", seesTodos, "activities", { type: "event", audio: "true", open, last_done_first: String(done) }, "owner_id"),
    texts: of("text", may("messages_read") === true, "messages", { direction: "inbound", done: String(done), last_done_first: String(done) }),
  };
  const callbacks = useList<Callback>(paths.callbacks, ["callback"]);
  const claimed = useList<Callback>(paths.claimed, ["callback"]);
  const todos = useList<Activity>(paths.todos, ["activity"]);
  const due = useList<Activity>(paths.due, ["activity"]);
  const messages = useList<Activity>(paths.messages, ["activity"]);
  const texts = useList<TextMessage>(paths.texts, ["message"]);
  const wanted: Omit<LoadedList<unknown>, "change">[] = [
    ...(paths.callbacks === null ? [] : [callbacks]),
    ...(paths.claimed === null ? [] : [claimed]),
    ...(paths.todos === null ? [] : [todos]),
    ...(paths.due === null ? [] : [due]),
    ...(paths.messages === null ? [] : [messages]),
    ...(paths.texts === null ? [] : [texts]),
  ];
  const rows = <T,>(path: string | null, { items }: LoadedList<T>) => (path === null ? [] : (items ?? []));
  const all = [
    eachOnce([...rows(paths.callbacks, callbacks), ...rows(paths.claimed, claimed)]),
    eachOnce([...rows(paths.todos, todos), ...rows(paths.due, due), ...rows(paths.messages, messages)]),
    rows(paths.texts, texts),
  ] as const;
  return { wanted, pieces: done ? finished(...all) : ordered(...all, end) };
}

/** The page. */
export default function InboxPage() {
  const look = lookIn(query.value);
  // To-dos become due, and overdue, on a page that is left open.
  const minute = useComputed(() => Math.floor(now.value / MINUTE_MS) * MINUTE_MS).value;
  const { wanted: lists, pieces: shown } = useLists(look, minute);
  const count = useLoaded<InboxCount>("/api/v1/inbox", ["callback", "activity", "message"]);
  /** Loads all that is shown again, and not only the first page. */
  const again = async () => {
    await Promise.all([count.again(), ...lists.map((list) => (list.fault === "" ? list.renew() : list.again()))]);
  };
  const isLoaded = lists.every(({ items }) => items !== null);
  const fault = lists.find((list) => list.fault !== "")?.fault ?? "";
  const isNarrow = look.kind !== "" || look.whose === "mine";
  const paged = together(lists);
  const isPart = paged.hasMore || paged.hasEarlier;
  const [edited, setEdited] = useState<Activity | "new" | null>(null);
  const present = shown.find(({ of }) => edited !== null && edited !== "new" && of.id === edited.id);
  useEffect(() => forgetNames, []);
  useEffect(() => {
    if (isLoaded) restoreScroll();
  }, [isLoaded]);
  useKeptFocus(isLoaded ? shown.length : undefined, ".inbox-page h1");
  const set = (change: Partial<Look>) => go(addressOf({ ...look, ...change }));
  const canWrite = may("appointments_write") === true;
  const waits = count.value ? sum(count.value) : null;
  const isBare = isLoaded && shown.length === 0 && fault === "" && (!isNarrow || (!look.done && waits === 0));
  return (
    <div class="inbox-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {isLoaded && !look.done && !isBare && count.value && summary(count.value)}
        </p>
        {canWrite && !(isBare && !look.done) && (
          <div class="push">
            <button type="button" class="primary" onClick={() => setEdited("new")}>
              <Icon name="add" />
              {w.add}
            </button>
          </div>
        )}
      </div>
      <ZoneNote />
      <Choices look={look} count={look.done || look.whose === "mine" ? null : count.value} set={set} />
      {!isLoaded && fault === "" && <Skeleton rows={8} />}
      {isLoaded && shown.length === 0 && (
        <Nothing look={look} isBare={isBare} canWrite={canWrite} onNew={() => setEdited("new")} set={set} />
      )}
      {shown.length > 0 && <Earlier list={paged} />}
      {(["now", "later", "read", "done"] as Part[]).map((part) => (
        <Rows key={part} part={part} pieces={shown.filter((piece) => piece.part === part)} isPart={isPart} onChange={again} onEdit={setEdited} />
      ))}
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {shown.length > 0 && <Further list={paged} />}
      {edited && (
        <TodoForm
          // As it is now: somebody else may have changed it.
          todo={edited === "new" ? null : present?.kind === "todo" ? present.of : edited}
          onClose={() => setEdited(null)}
          onSaved={() => {
            setEdited(null);
            void again();
          }}
        />
      )}
    </div>
  );
}

const sum = ({ callbacks, messages, todos, texts }: InboxCount) => callbacks + messages + todos + texts;

/** How much waits, including what is not listed. */
function summary(count: InboxCount): string {
  const { mine } = count;
  const n = sum(count);
  if (n === 0) return w.nothingNow;
  return mine === 0 ? w.waiting(n) : `${w.waiting(n)} · ${w.ofYours(mine)}`;
}

/** The controls of the filter. `count`: the number of items of each kind, if known. */
function Choices({ look, count, set }: { look: Look; count: InboxCount | null; set: (change: Partial<Look>) => void }) {
  const counts = count && { "": sum(count), callback: count.callbacks, message: count.messages, todo: count.todos, text: count.texts };
  const kind = (value: Look["kind"], word: string) => (
    <a class="bare" href={addressOf({ ...look, kind: value })} aria-current={look.kind === value ? "true" : undefined}>
      {word}
      {counts && <span class="n">{number(counts[value])}</span>}
    </a>
  );
  const whose = (value: Look["whose"], word: string) => (
    <label>
      <input type="radio" name="inbox-whose" checked={look.whose === value} onChange={() => set({ whose: value })} />
      {word}
    </label>
  );
  return (
    <div class="choices">
      <nav class="tabs" aria-label={w.kinds}>
        {kind("", w.all)}
        {KINDS.map((one) => kind(one, w.kind[one]))}
      </nav>
      <div class="switches">
        <fieldset class="segmented">
          <legend class="hidden">{w.whose}</legend>
          {whose("all", w.everybodys)}
          {whose("mine", w.mine)}
        </fieldset>
        <fieldset class="done">
          <label>
            <input type="checkbox" class="tick" checked={look.done} onChange={(event) => set({ done: event.currentTarget.checked })} />
            {w.showDone}
          </label>
        </fieldset>
      </div>
    </div>
  );
}

function Nothing(props: { look: Look; isBare: boolean; canWrite: boolean; onNew: () => void; set: (change: Partial<Look>) => void }) {
  const { look, isBare } = props;
  if (look.done && isBare) return <p class="muted none">{w.nothingDone}</p>;
  if (!isBare) {
    return (
      <Empty
        icon="tick"
        title={w.noneFit}
        acts={
          <button type="button" onClick={() => props.set({ kind: "", whose: "all" })}>
            {w.showAll}
          </button>
        }
      >
        {w.noneFitHint}
      </Empty>
    );
  }
  return (
    <Empty
      icon="inbox"
      title={w.none}
      acts={
        props.canWrite && (
          <button type="button" class="primary" onClick={props.onNew}>
            <Icon name="add" />
            {w.add}
          </button>
        )
      }
    >
      {w.noneHint}
    </Empty>
  );
}

function Rows(props: { part: Part; pieces: Piece[]; isPart: boolean; onChange: () => Promise<void>; onEdit: (todo: Activity) => void }) {
  const { part, pieces, onChange } = props;
  if (pieces.length === 0) return null;
  const title = `inbox-${part}`;
  const words = part === "done" ? w.isDone : w.parts[part];
  return (
    <section class="panel" aria-labelledby={title}>
      <h2 id={title} class="top">
        {words}
        <span class="count">
          {number(pieces.length)}
          {props.isPart && "+"}
        </span>
      </h2>
      <ul class="pieces">
        {pieces.map((piece) => (
          <li key={piece.of.id} class={`piece ${piece.kind}`}>
            <span class="kind">
              <Icon name={icons[piece.kind]} />
              <span class="hidden">{w.one[piece.kind]}</span>
            </span>
            {piece.kind === "callback" ? (
              <CallbackRow callback={piece.of} onChange={onChange} />
            ) : piece.kind === "message" ? (
              <MessageRow message={piece.of} onChange={onChange} />
            ) : piece.kind === "todo" ? (
              <TodoRow todo={piece.of} onChange={onChange} onEdit={props.onEdit} />
            ) : (
              <TextRow text={piece.of} onChange={onChange} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
