// The rows of the inbox: what each kind of item shows, and its actions.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import { may, myId } from "../api/me";
import type { Activity, Callback, Customer, TextMessage } from "../api/model";
import { Icon } from "../app/icons";
import { When } from "../app/parts";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { reasonInWords } from "../desk/reasons";
import { nameOf, useColleagues } from "../people/colleagues";
import { Face } from "../people/parts";
import { w as calls } from "../words";
import { dueOf } from "./list";
import { owners } from "./owners";
import { w } from "./words";

/** Customers by their id, as far as rows have requested them. */
const names = new Map<string, Promise<Customer | null>>();

/** Forgets them: a user who comes back may have corrected a name on the customer's page. */
export function forgetNames(): void {
  names.clear();
}

/** A customer's name once it is known, otherwise their number. */
function Who({ customerId, phone }: { customerId: string | null; phone: string }) {
  const [name, setName] = useState("");
  useEffect(() => {
    if (customerId === null || !may("customers_read")) return;
    let isThere = true;
    const asked =
      names.get(customerId) ??
      get<Customer>(`/api/v1/customers/${customerId}`).catch(() => {
        // It is requested again when it is shown again.
        names.delete(customerId);
        return null;
      });
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

/** A person who is due to be called back. */
export function CallbackRow({ callback, onChange }: { callback: Callback; onChange: () => Promise<void> }) {
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
          {reasonInWords(about) || w.wantsCall}
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

/** Changes an item, and reports it. */
async function patch(path: string, body: object, done: string): Promise<void> {
  try {
    await change("PATCH", path, body);
    tell(done);
  } catch (fault) {
    tell(messageOf(fault));
  }
}

/** Marks an activity as done, or as not done again. */
function finish({ id, action }: Activity): Promise<void> {
  const isDone = action === "completed";
  return patch(`/api/v1/activities/${id}`, { completed: !isDone }, isDone ? w.reopened : w.finished);
}

/** The button for done, or not done again. */
function Finish({ isDone, what, onClick }: { isDone: boolean; what: string; onClick: () => void }) {
  return (
    <button type="button" class={isDone ? "btn small quiet" : "btn small"} onClick={onClick}>
      <Icon name={isDone ? "undo" : "tick"} size="small" />
      {isDone ? w.reopen : w.finish}
      <span class="hidden">: {what}</span>
    </button>
  );
}

/** The owner of an activity; a select if the user may change it. */
function Owner({ activity, what, onChange }: { activity: Activity; what: string; onChange: () => Promise<void> }) {
  const colleagues = useColleagues();
  const { id, owner_id, action } = activity;
  if (action === "completed" || !may("appointments_write")) {
    return owner_id === null ? null : <Face name={nameOf(colleagues, owner_id)} />;
  }
  const choices = owners(colleagues);
  const isKnown = owner_id === null || choices.some(({ value }) => value === owner_id);
  return (
    <select
      class={owner_id === null ? "owner" : "owner on"}
      aria-label={w.ownerOf(what)}
      value={owner_id ?? ""}
      onChange={(event) => {
        const to = event.currentTarget.value;
        void patch(`/api/v1/activities/${id}`, { owner_id: to === "" ? null : to }, to === "" ? w.released : w.given(nameOf(colleagues, to))).then(onChange);
      }}
    >
      <option value="">{w.everybody}</option>
      {!isKnown && <option value={owner_id ?? ""}>{nameOf(colleagues, owner_id)}</option>}
      {choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** A message that a caller left: from whom, how long, and its sound if the user may hear it. */
export function MessageRow({ message, onChange }: { message: Activity; onChange: () => Promise<void> }) {
  const [isHeard, setHeard] = useState(false);
  const player = useRef<HTMLAudioElement>(null);
  // The pressed button is gone.
  useEffect(() => player.current?.focus(), [isHeard]);
  const { title, call_id, audio, at, updated_at } = message;
  const isDone = message.action === "completed";
  // The server writes number and length into its title, in English if the number is hidden.
  const [, number = title, seconds] = /^Message from (.+), ([\d.]+) s$/.exec(title) ?? [];
  const from = number === "an unknown caller" ? calls.unknownCaller : number;
  const canHear = call_id !== null && audio !== null && may("recordings_play") === true;
  const sound = audio === null ? "" : `/api/v1/calls/${call_id}/recording?from_ms=${audio.from_ms}&to_ms=${audio.to_ms}`;
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
        {isHeard && <audio ref={player} controls autoplay src={sound} aria-label={hear} />}
      </div>
      <p class="meta times">
        {isDone ? w.doneAt : w.cameIn} <When at={isDone ? updated_at : at} />
        {call_id !== null && may("calls_read") && (
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
        <Owner activity={message} what={from} onChange={onChange} />
        {may("appointments_write") && <Finish isDone={isDone} what={from} onClick={() => void finish(message).then(onChange)} />}
        {from.startsWith("+") && !isDone && (
          <a class="btn small square" href={`tel:${from}`} aria-label={w.call(from)} title={w.call(from)}>
            <Icon name="calls" size="small" />
          </a>
        )}
      </div>
    </>
  );
}

/** A to-do. */
export function TodoRow({ todo, onChange, onEdit }: { todo: Activity; onChange: () => Promise<void>; onEdit: (todo: Activity) => void }) {
  const isDone = todo.action === "completed";
  const edit = `${frame.act.edit}: ${todo.title}`;
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
        {!isDone && may("appointments_write") && (
          <button type="button" class="btn small square" aria-label={edit} title={frame.act.edit} onClick={() => onEdit(todo)}>
            <Icon name="edit" size="small" />
          </button>
        )}
        <Owner activity={todo} what={todo.title} onChange={onChange} />
        {may("appointments_write") && <Finish isDone={isDone} what={todo.title} onClick={() => void finish(todo).then(onChange)} />}
      </div>
    </>
  );
}

/** An incoming text message. */
export function TextRow({ text, onChange }: { text: TextMessage; onChange: () => Promise<void> }) {
  const colleagues = useColleagues();
  const { id, customer_id, from, body, created_at, done_at, done_by } = text;
  const isDone = done_at !== null;
  return (
    <>
      <div class="what">
        <p class="first">
          <Who customerId={customer_id} phone={from} />
        </p>
        <p class="said-box" dir="auto">
          {body}
        </p>
      </div>
      <p class="meta times">
        {isDone ? w.doneAt : w.cameIn} <When at={done_at ?? created_at} />
      </p>
      <div class="acts">
        {done_by !== null && <Face name={nameOf(colleagues, done_by)} />}
        {may("callbacks_write") && (
          <Finish isDone={isDone} what={from} onClick={() => void patch(`/api/v1/messages/${id}`, { done: !isDone }, isDone ? w.reopened : w.finished).then(onChange)} />
        )}
        {!isDone && (
          <a class="btn small square" href={`tel:${from}`} aria-label={w.call(from)} title={w.call(from)}>
            <Icon name="calls" size="small" />
          </a>
        )}
      </div>
    </>
  );
}
