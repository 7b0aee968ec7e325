// `/inbox`: what somebody has to do. Callers who are to be called back, messages that callers left, to-dos, text messages that came in: one
// list.
import { useEffect, useState } from "preact/hooks";
import { change } from "../api/client";
import { may } from "../api/me";
import type { Activity, Callback, InboxCount, TextMessage } from "../api/model";
import { ActivityBody } from "../api/rules";
import { RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { Icon, type IconName } from "../app/icons";
import { number } from "../app/language";
import { type LoadedList, useList, useLoaded } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { tell } from "../app/toasts";
import { myId, useColleagues } from "../people/colleagues";
import { Empty, Sheet } from "../people/parts";
import { addressOf, isSeenToBy, KINDS, type Kind, lookIn, type Look, ordered, type Part, type Piece } from "./list";
import { CallbackRow, MessageRow, owners, TextRow, TodoRow } from "./rows";
import { w } from "./words";

/** Things of one request, of each kind. */
const LIST_ROWS = 100;

const icons: Record<Kind, IconName> = { callback: "callback", message: "voice", todo: "todo", text: "text" };

/** Activities of a type that are to be done still, or are done. */
function useActivities(type: "todo" | "event", isOpen: boolean, isWanted: boolean): LoadedList<Activity> {
  return useList<Activity>(isWanted ? `/api/v1/activities?type=${type}&open=${isOpen}&limit=${LIST_ROWS}` : null, ["activity"]);
}

/** The page. */
export function InboxPage() {
  const look = lookIn(query.value);
  const seesFloor = may("floor_read") === true;
  const seesTodos = may("appointments_read") === true;
  const seesTexts = may("messages_read") === true;
  const rows = `limit=${LIST_ROWS}`;
  const open = useList<Callback>(seesFloor ? `/api/v1/callbacks?state=${look.done ? "done" : "open"}&${rows}` : null, ["callback"]);
  const claimed = useList<Callback>(seesFloor && !look.done ? `/api/v1/callbacks?state=claimed&${rows}` : null, ["callback"]);
  const activities = [useActivities("todo", !look.done, seesTodos), useActivities("event", !look.done, seesTodos)];
  const texts = useList<TextMessage>(seesTexts ? `/api/v1/messages?direction=inbound&done=${look.done}&${rows}` : null, ["message"]);
  const count = useLoaded<InboxCount>("/api/v1/inbox", ["callback", "activity", "message"]);
  const lists: Omit<LoadedList<unknown>, "change">[] = [
    ...(seesFloor ? [open] : []),
    ...(seesFloor && !look.done ? [claimed] : []),
    ...(seesTodos ? activities : []),
    ...(seesTexts ? [texts] : []),
  ];
  const again = async () => {
    await Promise.all([count.again(), ...lists.map((list) => list.again())]);
  };
  const isLoaded = lists.every(({ items }) => items !== null);
  const fault = lists.find((list) => list.fault !== "")?.fault ?? "";
  const all = ordered(
    [...(open.items ?? []), ...(look.done ? [] : (claimed.items ?? []))],
    activities.flatMap(({ items }) => items ?? []),
    texts.items ?? [],
  );
  const mine = (piece: Piece) => look.whose === "all" || isSeenToBy(piece, myId());
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
          {isLoaded && !look.done && all.length > 0 && count.value && summary(count.value)}
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

/** How much waits, also beyond what is listed. */
function summary({ callbacks, messages, todos, texts, mine }: InboxCount): string {
  const n = callbacks + messages + todos + texts;
  if (n === 0) return w.nothingNow;
  return mine === 0 ? w.waiting(n) : `${w.waiting(n)} · ${w.ofYours(mine)}`;
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
              <TextRow text={piece.of} onChange={onChange} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What a new to-do is made of; its day in this browser's zone, at the end of the working day where no time is said. */
interface Fields {
  title: string;
  day: string;
  time: string;
  notes: string;
  owner: string | null;
}

function NewTodo({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const choices = owners(useColleagues());
  const draft = useDraft<Fields>({
    value: { title: "", day: "", time: "", notes: "", owner: null },
    rules: { title: ActivityBody.title, notes: ActivityBody.notes, day: {}, time: {}, owner: {} },
    check: ({ day, time }) => (time !== "" && day === "" ? { day: w.dayNeeded } : {}),
    send: async ({ title, day, time, notes, owner }) => {
      const due = day === "" ? null : new Date(`${day}T${time || "17:00"}`).toISOString();
      await change("POST", "/api/v1/activities", { type: "todo", title, notes, ...(due === null ? {} : { due_at: due }), ...(owner === null ? {} : { owner_id: owner }) });
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
        <SelectField draft={draft} name="owner" label={w.owner} none={w.everybody} choices={choices} />
        <TextArea draft={draft} name="notes" label={w.notes} rows={3} />
      </RecordForm>
    </Sheet>
  );
}
