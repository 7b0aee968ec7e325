// The rows of the inbox: what each kind of thing shows, and what one does with it.
import { useEffect, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Activity, Callback, Customer, TextMessage } from "../api/model";
import { Icon } from "../app/icons";
import { When } from "../app/parts";
import { tell } from "../app/toasts";
import { myId, nameOf, useColleagues } from "../people/colleagues";
import { Face } from "../people/parts";
import { dueOf } from "./list";
import { w } from "./words";

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

/** Somebody who wants to be called back. */
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
export function MessageRow({ message, onChange }: { message: Activity; onChange: () => Promise<void> }) {
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

/** Something to be done. */
export function TodoRow({ todo, onChange }: { todo: Activity; onChange: () => Promise<void> }) {
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

/** A text message that came in. */
export function TextRow({ text }: { text: TextMessage }) {
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
