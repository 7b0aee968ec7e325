// `/inbox`: what somebody has to do. Callers who are to be called back, messages that callers left, to-dos, text messages that came in: one
// list.
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Activity, Callback, Customer, TextMessage } from "../api/model";
import { ActivityBody } from "../api/rules";
import { RecordForm, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { Icon, type IconName } from "../app/icons";
import { number } from "../app/language";
import { type LoadedList, useList } from "../app/load";
import { Failed, Heading, Skeleton, When } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { tell } from "../app/toasts";
import { myId, nameOf, useColleagues } from "../people/colleagues";
import { Empty, Face, Sheet } from "../people/parts";
import { addressOf, dueOf, KINDS, type Kind, lookIn, type Look, ordered, type Part, type Piece } from "./list";
import { w } from "./words";

/** Things of one request, of each kind. */
const LIST_ROWS = 100;
/** How often the lists are asked for: nobody tells of a new thing. */
const EVERY_MS = 30_000;

const icons: Record<Kind, IconName> = { callback: "callback", message: "voice", todo: "todo", text: "text" };

/** Activities of a type with which this was done last; with null none. */
function useActivities(type: "todo" | "event", action: "created" | "updated" | "completed", isWanted: boolean): LoadedList<Activity> {
  return useList<Activity>(isWanted ? `/api/v1/activities?type=${type}&action=${action}&limit=${LIST_ROWS}` : null);
}

/** The page. */
export function InboxPage() {
  const look = lookIn(query.value);
  const seesFloor = may("floor_read") === true;
  const seesTodos = may("appointments_read") === true;
  const seesTexts = may("messages_read") === true && !look.done;
  const rows = `limit=${LIST_ROWS}`;
  const open = useList<Callback>(seesFloor ? `/api/v1/callbacks?state=${look.done ? "done" : "open"}&${rows}` : null);
  const claimed = useList<Callback>(seesFloor && !look.done ? `/api/v1/callbacks?state=claimed&${rows}` : null);
  const firsts = [useActivities("todo", look.done ? "completed" : "created", seesTodos), useActivities("event", look.done ? "completed" : "created", seesTodos)];
  const changed = [useActivities("todo", "updated", seesTodos && !look.done), useActivities("event", "updated", seesTodos && !look.done)];
  const activities = [...firsts, ...(look.done ? [] : changed)];
  const texts = useList<TextMessage>(seesTexts ? `/api/v1/messages?direction=inbound&${rows}` : null);
  const lists: Omit<LoadedList<unknown>, "change">[] = [
    ...(seesFloor ? [open] : []),
    ...(seesFloor && !look.done ? [claimed] : []),
    ...(seesTodos ? activities : []),
    ...(seesTexts ? [texts] : []),
  ];
  const again = async () => {
    await Promise.all(lists.map((list) => list.again()));
  };
  useEffect(() => {
    // Who has looked further back goes on from there: asking anew would shorten the list.
    const timer = setInterval(() => {
      const isFirstPage = lists.every(({ items }) => (items?.length ?? 0) <= LIST_ROWS);
      if (!document.hidden && isFirstPage) void again();
    }, EVERY_MS);
    return () => clearInterval(timer);
  });
  const isLoaded = lists.every(({ items }) => items !== null);
  const fault = lists.find((list) => list.fault !== "")?.fault ?? "";
  const all = ordered(
    [...(open.items ?? []), ...(look.done ? [] : (claimed.items ?? []))],
    activities.flatMap(({ items }) => items ?? []),
    look.done ? [] : (texts.items ?? []),
  );
  const mine = (piece: Piece) => look.whose === "all" || (piece.kind === "callback" && piece.of.user_id === myId());
  const whose = all.filter(mine);
  const shown = whose.filter(({ kind }) => look.kind === "" || kind === look.kind);
  const [isNew, setNew] = useState(false);
  useEffect(() => {
    if (isLoaded) restoreScroll();
  }, [isLoaded]);
  const set = (change: Partial<Look>) => go(addressOf({ ...look, ...change }));
  const canWrite = may("appointments_write") === true;
  const isBare = isLoaded && all.length === 0 && fault === "";
  const further = lists.filter(({ hasMore }) => hasMore);
  return (
    <div class="inbox-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {isLoaded && !look.done && all.length > 0 && summary(all)}
        </p>
        {canWrite && !(isBare && !look.done) && (
          <div class="push">
            <button type="button" class="primary" onClick={() => setNew(true)}>
              <Icon name="add" />
              {w.add}
            </button>
          </div>
        )}
      </div>
      <Choices look={look} all={whose} set={set} />
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {!isLoaded && fault === "" && <Skeleton rows={8} />}
      {isLoaded && shown.length === 0 && (
        <Nothing look={look} isBare={isBare} canWrite={canWrite} onNew={() => setNew(true)} set={set} />
      )}
      {(["now", "later", "read"] as Part[]).map((part) => (
        <Rows key={part} part={part} pieces={shown.filter((piece) => piece.part === part)} look={look} onChange={again} />
      ))}
      {further.length > 0 && shown.length > 0 && (
        <button type="button" class="more" aria-disabled={further.some(({ busy }) => busy)} onClick={() => further.forEach((list) => void list.more())}>
          {w.more}
        </button>
      )}
      {isNew && (
        <NewTodo
          onClose={() => setNew(false)}
          onMade={() => {
            setNew(false);
            void again();
          }}
        />
      )}
    </div>
  );
}

function summary(all: Piece[]): string {
  const n = all.filter(({ part }) => part === "now").length;
  return n === 0 ? w.nothingNow : w.waiting(n);
}

function Choices({ look, all, set }: { look: Look; all: Piece[]; set: (change: Partial<Look>) => void }) {
  const count = (kind: Look["kind"]) => all.filter((piece) => kind === "" || piece.kind === kind).length;
  const kind = (value: Look["kind"], word: string) => (
    <a class="bare" href={addressOf({ ...look, kind: value })} aria-current={look.kind === value ? "true" : undefined}>
      {word}
      <span class="n">{number(count(value))}</span>
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
        {KINDS.filter((one) => !(look.done && one === "text")).map((one) => kind(one, w.kind[one]))}
      </nav>
      <div class="switches">
        <fieldset class="segmented">
          <legend class="hidden">{w.whose}</legend>
          {whose("all", w.everybodys)}
          {whose("mine", w.mine)}
        </fieldset>
        <fieldset class="done">
          <label>
            <input type="checkbox" class="tick" checked={look.done} onChange={(event) => set({ done: event.currentTarget.checked, kind: look.kind === "text" ? "" : look.kind })} />
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

function Rows({ part, pieces, look, onChange }: { part: Part; pieces: Piece[]; look: Look; onChange: () => Promise<void> }) {
  if (pieces.length === 0) return null;
  const title = `inbox-${part}`;
  const words = look.done ? w.isDone : w.parts[part];
  return (
    <section class="panel" aria-labelledby={title}>
      <h2 id={title} class="top">
        {words}
        <span class="count">{number(pieces.length)}</span>
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
              <TodoRow todo={piece.of} onChange={onChange} />
            ) : (
              <TextRow text={piece.of} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Customers by their id, as far as rows have asked for them. */
const names = new Map<string, Promise<Customer | null>>();

/** A customer's name, once it is known; else their number. */
function Who({ customerId, phone }: { customerId: string | null; phone: string }) {
  const [name, setName] = useState("");
  useEffect(() => {
    if (customerId === null || !may("customers_read")) return;
    let isThere = true;
    const asked = names.get(customerId) ?? get<Customer>(`/api/v1/customers/${customerId}`).catch(() => null);
    names.set(customerId, asked);
    void asked.then((customer) => isThere && setName(customer?.name ?? ""));
    return () => {
      isThere = false;
    };
  }, [customerId]);
  if (customerId === null) return <span class="who n">{phone}</span>;
  return (
    <>
      <a class="bare who" href={`/customers/${customerId}`}>
        <bdi>{name || phone}</bdi>
      </a>
      {name !== "" && <span class="meta n">{phone}</span>}
    </>
  );
}

function CallbackRow({ callback, onChange }: { callback: Callback; onChange: () => Promise<void> }) {
  const colleagues = useColleagues();
  const { id, phone, about, state, user_id, customer_id, call_id, created_at, updated_at } = callback;
  const isMine = user_id !== null && user_id === myId();
  const canAct = may("callbacks_write") === true;
  const act = async (verb: "claim" | "release" | "done", done: string) => {
    try {
      await change("POST", `/api/v1/callbacks/${id}/${verb}`);
      tell(done);
    } catch (fault) {
      tell(messageOf(fault));
    }
    await onChange();
  };
  const isClaimed = state === "claimed";
  const isDone = state === "done";
  const canFinish = isClaimed && (isMine || may("floor_write") === true);
  const canClaim = state === "open" && myId() !== null;
  return (
    <>
      <div class="what">
        <p class="first">
          <Who customerId={customer_id} phone={phone} />
        </p>
        <p class="soft" dir="auto">
          {about || w.wantsCall}
        </p>
      </div>
      <p class="meta times">
        {isDone ? w.doneAt : w.asked} <When at={isDone ? updated_at : created_at} />
        {may("calls_read") && (
          <>
            {" · "}
            <a class="tap" href={`/calls/${call_id}`}>
              {w.theCall}
            </a>
          </>
        )}
      </p>
      <div class="acts">
        {user_id !== null && !isMine && <Face name={nameOf(colleagues, user_id)} />}
        {isMine && isClaimed && <span class="meta">{w.yours}</span>}
        {canAct && canClaim && (
          <button type="button" class="btn small" onClick={() => void act("claim", w.claimed)}>
            {w.claim}
            <span class="hidden">: {phone}</span>
          </button>
        )}
        {canAct && canFinish && (
          <>
            <button type="button" class="btn small quiet" onClick={() => void act("release", w.released)}>
              {w.release}
              <span class="hidden">: {phone}</span>
            </button>
            <button type="button" class="btn small" onClick={() => void act("done", w.finished)}>
              <Icon name="tick" size="small" />
              {w.finish}
              <span class="hidden">: {phone}</span>
            </button>
          </>
        )}
        {!isDone && (
          <a class="btn small square" href={`tel:${phone}`} aria-label={w.call(phone)} title={w.call(phone)}>
            <Icon name="calls" size="small" />
          </a>
        )}
      </div>
    </>
  );
}

/** Notes that an activity is done. */
async function finish({ id }: Activity): Promise<void> {
  try {
    await change("PATCH", `/api/v1/activities/${id}`, { completed: true });
    tell(w.finished);
  } catch (fault) {
    tell(messageOf(fault));
  }
}

/** A message that a caller left: whose and how long, and its sound where one may hear it. */
function MessageRow({ message, onChange }: { message: Activity; onChange: () => Promise<void> }) {
  const [isHeard, setHeard] = useState(false);
  const { title, call_id, audio, at, updated_at } = message;
  const isDone = message.action === "completed";
  // What the server writes into its title: the number, and the length.
  const [, from = title, seconds] = /^Message from (.+), ([\d.]+) s$/.exec(title) ?? [];
  const canHear = call_id !== null && audio !== null && may("recordings_play") === true;
  const sound = audio === null ? "" : `/api/v1/calls/${call_id}/recording#t=${audio.from_ms / 1_000},${audio.to_ms / 1_000}`;
  const hear = w.hear(from);
  return (
    <>
      <div class="what">
        <p class="first">
          <span class="n" dir="auto">
            {from}
          </span>
        </p>
        <p class="soft">{seconds === undefined ? w.leftMessage : w.leftMessageOf(Number(seconds))}</p>
        {message.notes !== "" && (
          <p class="soft" dir="auto">
            {message.notes}
          </p>
        )}
        {isHeard && <audio controls autoplay src={sound} aria-label={hear} />}
      </div>
      <p class="meta times">
        {isDone ? w.doneAt : w.cameIn} <When at={isDone ? updated_at : at} />
        {call_id !== null && (
          <>
            {" · "}
            <a class="tap" href={`/calls/${call_id}`}>
              {w.theCall}
            </a>
          </>
        )}
      </p>
      <div class="acts">
        {canHear && !isHeard && (
          <button type="button" class="btn small" onClick={() => setHeard(true)}>
            <Icon name="play" size="small" />
            {w.listen}
            <span class="hidden">: {from}</span>
          </button>
        )}
        {may("appointments_write") && !isDone && (
          <button type="button" class="btn small" onClick={() => void finish(message).then(onChange)}>
            <Icon name="tick" size="small" />
            {w.finish}
            <span class="hidden">: {from}</span>
          </button>
        )}
        {from.startsWith("+") && !isDone && (
          <a class="btn small square" href={`tel:${from}`} aria-label={w.call(from)} title={w.call(from)}>
            <Icon name="calls" size="small" />
          </a>
        )}
      </div>
    </>
  );
}

function TodoRow({ todo, onChange }: { todo: Activity; onChange: () => Promise<void> }) {
  const isDone = todo.action === "completed";
  const due = dueOf(todo);
  return (
    <>
      <div class="what">
        <p class="first" dir="auto">
          {todo.title}
        </p>
        {todo.notes !== "" && (
          <p class="soft" dir="auto">
            {todo.notes}
          </p>
        )}
      </div>
      <p class="meta times">
        {isDone ? (
          <>
            {w.doneAt} <When at={todo.updated_at} />
          </>
        ) : due === null ? (
          w.noDay
        ) : due.isOver ? (
          <span class="state missed">
            <Icon name="warning" />
            {w.overdue} <When at={due.at} />
          </span>
        ) : (
          <>
            {w.due} <When at={due.at} />
          </>
        )}
        {todo.call_id !== null && may("calls_read") && (
          <>
            {" · "}
            <a class="tap" href={`/calls/${todo.call_id}`}>
              {w.theCall}
            </a>
          </>
        )}
      </p>
      <div class="acts">
        {may("appointments_write") && !isDone && (
          <button type="button" class="btn small" onClick={() => void finish(todo).then(onChange)}>
            <Icon name="tick" size="small" />
            {w.finish}
            <span class="hidden">: {todo.title}</span>
          </button>
        )}
      </div>
    </>
  );
}

function TextRow({ text }: { text: TextMessage }) {
  return (
    <>
      <div class="what">
        <p class="first">
          <Who customerId={text.customer_id} phone={text.from} />
        </p>
        <p class="said-box" dir="auto">
          {text.body}
        </p>
      </div>
      <p class="meta times">
        {w.cameIn} <When at={text.created_at} />
      </p>
      <div class="acts">
        <a class="btn small square" href={`tel:${text.from}`} aria-label={w.call(text.from)} title={w.call(text.from)}>
          <Icon name="calls" size="small" />
        </a>
      </div>
    </>
  );
}

/** What a new to-do is made of; its day in this browser's zone, at the end of the working day where no time is said. */
interface Fields {
  title: string;
  day: string;
  time: string;
  notes: string;
}

function NewTodo({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const draft = useDraft<Fields>({
    value: { title: "", day: "", time: "", notes: "" },
    rules: { title: ActivityBody.title, notes: ActivityBody.notes, day: {}, time: {} },
    check: ({ day, time }) => (time !== "" && day === "" ? { day: w.dayNeeded } : {}),
    send: async ({ title, day, time, notes }) => {
      const due = day === "" ? null : new Date(`${day}T${time || "17:00"}`).toISOString();
      await change("POST", "/api/v1/activities", { type: "todo", title, notes, ...(due === null ? {} : { due_at: due }) });
    },
  });
  return (
    <Sheet title={w.add} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={w.add}
        verb={w.make}
        onCancel={onClose}
        onSaved={() => {
          tell(w.made);
          onMade();
        }}
      >
        <TextField draft={draft} name="title" label={w.todoTitle} />
        <div class="pair">
          <TextField draft={draft} name="day" label={w.dueDay} type="date" />
          <TextField draft={draft} name="time" label={w.dueTime} type="time" hint={w.dueHint} />
        </div>
        <TextArea draft={draft} name="notes" label={w.notes} rows={3} />
      </RecordForm>
    </Sheet>
  );
}
