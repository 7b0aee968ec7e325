// `/customers/{id}`: the customer's record, and everything that happened with them in one timeline.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { Customer } from "../api/model";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { Confirm, Failed, Heading, Skeleton, WayBack, When } from "../app/parts";
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { ZoneNote } from "../app/zone-note";
import { called } from "../people/parts";
import { Deleted, useRecord } from "../people/record";
import { Story } from "../people/story";
import { w as people } from "../people/words";
import { changesOf, CustomerForm, type Fields, fieldsOf } from "./form";
import { LooksLike } from "./doubles/page";
import { ErasureDialog } from "./erasure";
import { w } from "./words";

/** Opens a letter to this address. Somebody else may have named it, and what follows a `?` would be a copy to them, or a text. */
const letterTo = (email: string): string => `mailto:${email.split("@").map((part) => encodeURIComponent(part)).join("@")}`;

/** The permissions for the file with everything about a person: it has what each of them shows. */
const EXPORT_NEEDS = ["business_write", "customers_read", "calls_read", "leads_read", "appointments_read", "messages_read", "floor_read"] as const;

/** The page. */
export function CustomerPage({ id }: { id: string }) {
  const { value: customer, fault, again, show, isDeleted } = useRecord<Customer>(`/api/v1/customers/${id}`, { what: "customer", id });
  return (
    <div class="customer-page">
      <WayBack href="/customers">{w.all}</WayBack>
      {isDeleted && <Deleted />}
      {customer && <Known customer={customer} onChange={show} />}
      {!customer && fault === "" && <Skeleton rows={8} />}
      {!customer && fault !== "" && (
        <>
          <Heading title={w.customer}>{w.customer}</Heading>
          <Failed message={fault} onRetry={() => void again()} />
        </>
      )}
    </div>
  );
}

function Known({ customer, onChange }: { customer: Customer; onChange: (customer: Customer) => void }) {
  const [isEdited, setEdited] = useState(false);
  const [asks, setAsks] = useState(false);
  const [erases, setErases] = useState(false);
  const edit = useRef<HTMLButtonElement>(null);
  const name = called(customer);
  const canWrite = may("customers_write") === true;
  // Erasing also deletes calls, as those may who set how long calls are kept.
  const canErase = canWrite && may("business_write") === true;
  const canExport = EXPORT_NEEDS.every((permission) => may(permission) === true);
  const done = () => {
    setEdited(false);
    requestAnimationFrame(() => edit.current?.focus());
  };
  const remove = async () => {
    try {
      await change("DELETE", `/api/v1/customers/${customer.id}`);
      tell(w.removed(name));
      go("/customers");
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <>
      <header class="head">
        <Heading title={name}>
          <bdi>{name}</bdi>
        </Heading>
        {customer.verified && (
          <span class="state live">
            <Icon name="tick" />
            {w.verified}
          </span>
        )}
        <span class="label-tags">
          {customer.tags.map((tag) => (
            <span key={tag}>
              <bdi>{tag}</bdi>
            </span>
          ))}
        </span>
        {canWrite && (
          <div class="push">
            {may("appointments_write") && (
              <a class="btn" href={`/appointments?new=1&customer=${customer.id}`}>
                <Icon name="appointments" />
                {w.book}
              </a>
            )}
            {!isEdited && (
              <button type="button" ref={edit} onClick={() => setEdited(true)}>
                <Icon name="edit" />
                {w.edit}
              </button>
            )}
          </div>
        )}
      </header>
      <ZoneNote />
      {canWrite && !isEdited && (
        <LooksLike
          key={customer.id}
          customer={customer}
          onMerged={(now) => {
            if (now.id === customer.id) onChange(now);
            else go(`/customers/${now.id}`);
          }}
        />
      )}
      <div class="two">
        <section class="panel" aria-labelledby="story">
          <h2 id="story" class="top">
            {people.story.name}
          </h2>
          <Story whose={{ customerId: customer.id, phone: customer.phone, phones: customer.other_numbers, callId: null }} />
        </section>
        <aside class="sheet" aria-labelledby="details">
          <h2 id="details" class="top">
            {w.details}
          </h2>
          {isEdited ? <Edited customer={customer} onChange={onChange} onDone={done} /> : <Facts customer={customer} />}
          {(canWrite || canExport) && !isEdited && (
            <p class="foot">
              {canExport && (
                <a class="small btn" href={`/api/v1/customers/${customer.id}/export`} download>
                  <Icon name="download" />
                  {w.exportAll}
                </a>
              )}
              {canWrite && (
                <button type="button" class="danger small btn" onClick={() => setAsks(true)}>
                  <Icon name="remove" />
                  {w.remove}
                </button>
              )}
              {canErase && (
                <button type="button" class="danger small btn" onClick={() => setErases(true)}>
                  <Icon name="remove" />
                  {w.erasure.ask}
                </button>
              )}
            </p>
          )}
        </aside>
      </div>
      {asks && <Confirm title={w.removeTitle(name)} text={w.removeText} verb={w.remove} onClose={() => setAsks(false)} onYes={() => void remove()} />}
      {erases && (
        <ErasureDialog
          customer={customer}
          onClose={() => setErases(false)}
          onErased={() => {
            tell(w.erasure.done(name));
            go("/customers");
          }}
        />
      )}
    </>
  );
}

function Facts({ customer }: { customer: Customer }) {
  const { phone, other_numbers, email, address, language, notes, sms_opted_out, created_at, updated_at } = customer;
  const fact = (label: string, value: string) =>
    value !== "" && (
      <div>
        <dt>{label}</dt>
        <dd>
          <bdi>{value}</bdi>
        </dd>
      </div>
    );
  return (
    <dl class="facts padded">
      {phone !== null && (
        <div>
          <dt>{w.phone}</dt>
          <dd class="n">
            <a class="tap" href={`tel:${phone}`}>
              {phone}
            </a>
          </dd>
        </div>
      )}
      {other_numbers.length > 0 && (
        <div>
          <dt>{w.otherNumbers}</dt>
          <dd class="n">
            {other_numbers.map((number) => (
              <a key={number} class="tap" href={`tel:${number}`}>
                {number}
              </a>
            ))}
          </dd>
        </div>
      )}
      {email !== "" && (
        <div>
          <dt>{w.email}</dt>
          <dd>
            <a class="tap" href={letterTo(email)}>
              {email}
            </a>
          </dd>
        </div>
      )}
      {fact(w.address, address)}
      {fact(w.language, language)}
      {fact(w.notes, notes)}
      {sms_opted_out && fact(w.texts, w.wantsNoTexts)}
      <div>
        <dt>{w.known}</dt>
        <dd>
          <When at={created_at} />
        </dd>
      </div>
      <div>
        <dt>{w.changed}</dt>
        <dd>
          <When at={updated_at} />
        </dd>
      </div>
    </dl>
  );
}

/** The form. If somebody else has changed the record in the meantime, the user sees that before saving over it. */
function Edited({ customer, onChange, onDone }: { customer: Customer; onChange: (customer: Customer) => void; onDone: () => void }) {
  const [seen, setSeen] = useState(customer);
  const [theirs, setTheirs] = useState<Partial<Fields> | null>(null);
  const [first] = useState(() => fieldsOf(customer));
  const isSaving = useRef(false);
  useEffect(() => {
    if (customer.updated_at === seen.updated_at || isSaving.current) return;
    see(customer);
  }, [customer.updated_at]);
  /** Shows what differs; nothing if they have only changed what this form does not have, or taken it back. */
  const see = (now: Customer) => {
    const changes = changesOf(first, fieldsOf(now));
    setTheirs(Object.keys(changes).length > 0 ? changes : null);
    setSeen(now);
  };
  const save = async (fields: Fields) => {
    isSaving.current = true;
    await send(fields).finally(() => {
      isSaving.current = false;
    });
  };
  const send = async (fields: Fields) => {
    const path = `/api/v1/customers/${customer.id}`;
    try {
      const now = await change<Customer>("PATCH", path, changesOf(first, fields), { "If-Match": `"${seen.updated_at}"` });
      if (now) onChange(now);
    } catch (fault) {
      if (fault instanceof Problem && fault.code === "edited_meanwhile") {
        see(await get<Customer>(path));
      }
      throw fault;
    }
  };
  return (
    <div class="padded">
      <CustomerForm
        value={first}
        send={save}
        onSaved={() => {
          tell(w.saved);
          onDone();
        }}
        onCancel={onDone}
        above={(draft) => theirs && <Theirs draft={draft} theirs={theirs} onTaken={() => setTheirs(null)} />}
      />
    </div>
  );
}

/** Somebody else's changes, field by field. */
function Theirs({ draft, theirs, onTaken }: { draft: Draft<Fields>; theirs: Partial<Fields>; onTaken: () => void }) {
  const take = () => {
    for (const [field, value] of Object.entries(theirs)) draft.set(field as keyof Fields, value as never);
    onTaken();
  };
  return (
    <div class="notice warn" role="alert">
      <div>
        <p>{w.theirs}</p>
        <dl class="facts">
          {Object.entries(theirs).map(([field, value]) => (
            <div key={field}>
              <dt>{w.fields[field as keyof Fields]}</dt>
              <dd>
                <bdi>{Array.isArray(value) ? value.join(", ") : typeof value === "boolean" ? (value ? w.yes : w.no) : value || w.nothing}</bdi>
              </dd>
            </div>
          ))}
        </dl>
      </div>
      <button type="button" class="btn small" onClick={take}>
        {w.takeTheirs}
      </button>
    </div>
  );
}
