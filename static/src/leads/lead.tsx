// `/leads/{id}`: what a person wants, the next step, and everything that happened with them.
import { useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { Lead } from "../api/model";
import { LeadChange } from "../api/rules";
import { useBusiness } from "../app/business";
import { NumberField, RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { Confirm, Failed, Heading, Skeleton, WayBack, When } from "../app/parts";
import { go } from "../app/router";
import { tell } from "../app/toasts";
import { w as frame } from "../app/words";
import { ZoneNote } from "../app/zone-note";
import { nameOf, useColleagues } from "../people/colleagues";
import { amount, minorDigits } from "../words/money";
import { typedNumber } from "../words/phone";
import { called, CameFrom, Sheet } from "../people/parts";
import { Deleted, useRecord } from "../people/record";
import { Story } from "../people/story";
import { w as people } from "../people/words";
import { ownerChoices, statusIcons, useCurrency } from "./change";
import { STATUSES } from "./filters";
import { w } from "./words";

/** The page. */
export function LeadPage({ id }: { id: string }) {
  const { value: lead, fault, again, show, isDeleted } = useRecord<Lead>(`/api/v1/leads/${id}`, { what: "lead", id });
  return (
    <div class="lead-page">
      <WayBack href="/leads">{w.all}</WayBack>
      {isDeleted && <Deleted />}
      {lead && <Known key={lead.id} lead={lead} onChange={show} />}
      {!lead && fault === "" && <Skeleton rows={8} />}
      {!lead && fault !== "" && <Missing fault={fault} onRetry={() => void again()} />}
    </div>
  );
}

function Missing({ fault, onRetry }: { fault: string; onRetry: () => void }) {
  return (
    <>
      <Heading title={w.lead}>{w.lead}</Heading>
      <Failed message={fault} onRetry={onRetry} />
    </>
  );
}

function Known({ lead, onChange }: { lead: Lead; onChange: (lead: Lead) => void }) {
  const business = useBusiness();
  // A lead without a value uses the business's currency.
  const isAwaited = business.busy && business.value === null && business.fault === "";
  const [edits, setEdits] = useState(false);
  const [asks, setAsks] = useState(false);
  const remove = async () => {
    try {
      await change("DELETE", `/api/v1/leads/${lead.id}`);
      tell(w.deleted);
      go("/leads");
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  const name = called(lead);
  const worth = lead.value_minor !== null && lead.currency !== null ? amount(lead.value_minor, lead.currency) : null;
  const fact = (label: string, value: string) =>
    value !== "" && (
      <div>
        <dt>{label}</dt>
        <dd dir="auto">{value}</dd>
      </div>
    );
  return (
    <>
      <header class="lead-head">
        <Heading title={name}>
          <bdi>{name}</bdi>
        </Heading>
        <span class="stage">
          <Icon name={statusIcons[lead.status]} size="small" />
          {w.statuses[lead.status]}
        </span>
        {worth !== null && <span class="lead-worth n push">{worth}</span>}
      </header>
      <ZoneNote />
      <div class="two">
        <div class="both">
          <section aria-labelledby="wanted" class="panel">
            <h2 id="wanted" class="top">
              {w.wanted}
            </h2>
            <p class="read" dir="auto">
              {lead.need || w.notSaid}
            </p>
            <dl class="facts">
              {lead.phone !== null && (
                <div>
                  <dt>{w.phone}</dt>
                  <dd class="n">
                    <a class="tap" href={`tel:${lead.phone}`}>{lead.phone}</a>
                  </dd>
                </div>
              )}
              {fact(w.urgency, lead.urgency)}
              {fact(w.budget, lead.budget)}
              {fact(w.address, lead.address)}
              <div>
                <dt>{w.cameFrom}</dt>
                <dd>
                  <CameFrom callId={lead.call_id} at={lead.created_at} />
                </dd>
              </div>
              {lead.customer_id !== null && may("customers_read") && (
                <div>
                  <dt>{w.customer}</dt>
                  <dd>
                    <a class="tap" href={`/customers/${lead.customer_id}`}>{w.theirPage}</a>
                  </dd>
                </div>
              )}
            </dl>
            {(may("appointments_write") || may("leads_write")) && (
              <p class="lead-acts">
                {may("appointments_write") && (
                  <a class="btn" href={`/appointments?new=1&lead=${lead.id}`}>
                    <Icon name="appointments" />
                    {w.book}
                  </a>
                )}
                {may("leads_write") && (
                  <button type="button" class="btn" onClick={() => setEdits(true)}>
                    <Icon name="edit" />
                    {frame.act.edit}
                  </button>
                )}
              </p>
            )}
            {edits && <Details lead={lead} onChange={onChange} onClose={() => setEdits(false)} />}
          </section>
          <section aria-labelledby="story" class="panel">
            <h2 id="story" class="top">
              {people.story.name}
            </h2>
            <Story whose={{ customerId: lead.customer_id, phone: lead.phone, callId: lead.call_id, leadId: lead.id }} />
          </section>
        </div>
        <aside class="sheet" aria-labelledby="becomes">
          <h2 id="becomes" class="top">
            {w.becomes}
          </h2>
          {may("leads_write") !== true && <Read lead={lead} />}
          {may("leads_write") && (isAwaited ? <Skeleton rows={6} /> : <Form lead={lead} onChange={onChange} />)}
          {may("leads_write") && (
            <p class="foot">
              <button type="button" class="danger small btn" onClick={() => setAsks(true)}>
                <Icon name="remove" />
                {frame.act.remove}
              </button>
            </p>
          )}
        </aside>
      </div>
      {asks && (
        <Confirm title={w.deleteTitle(name)} text={w.deleteText} verb={frame.act.remove} onClose={() => setAsks(false)} onYes={() => void remove()} />
      )}
    </>
  );
}

/** For users who may not change it. */
function Read({ lead }: { lead: Lead }) {
  const colleagues = useColleagues();
  return (
    <dl class="facts padded">
      <div>
        <dt>{w.owner}</dt>
        <dd>{nameOf(colleagues, lead.owner_id)}</dd>
      </div>
      <div>
        <dt>{w.nextStep}</dt>
        <dd dir="auto">{lead.next_step}</dd>
      </div>
      <div>
        <dt>{w.notes}</dt>
        <dd dir="auto">{lead.notes}</dd>
      </div>
    </dl>
  );
}

/** The details that the caller has named, which may have been misheard. */
interface Said {
  name: string;
  phone: string;
  need: string;
  urgency: string;
  budget: string;
  address: string;
}

function saidOf({ name, phone, need, urgency, budget, address }: Lead): Said {
  return { name, phone: phone ?? "", need, urgency, budget, address };
}

/** The dialog in which it is corrected. */
function Details({ lead, onChange, onClose }: { lead: Lead; onChange: (lead: Lead) => void; onClose: () => void }) {
  const base = saidOf(lead);
  const draft = useDraft<Said>({
    value: base,
    follows: true,
    rules: {
      name: LeadChange.name,
      phone: LeadChange.phone,
      need: LeadChange.need,
      urgency: LeadChange.urgency,
      budget: LeadChange.budget,
      address: LeadChange.address,
    },
    send: async (fields) => {
      const edit: Record<string, unknown> = {};
      for (const field of ["name", "need", "urgency", "budget", "address"] as const) if (fields[field] !== base[field]) edit[field] = fields[field];
      if (fields.phone !== base.phone) edit.phone = typedNumber(fields.phone);
      const now = await change<Lead>("PATCH", `/api/v1/leads/${lead.id}`, edit);
      if (now) onChange(now);
    },
  });
  return (
    <Sheet title={w.lead} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={w.lead}
        onCancel={onClose}
        onSaved={() => {
          tell(w.saved);
          onClose();
        }}
      >
        <div class="pair">
          <TextField draft={draft} name="name" label={w.who} />
          <TextField draft={draft} name="phone" label={w.phone} type="tel" hint={w.phoneHint} />
        </div>
        <TextArea draft={draft} name="need" label={w.wanted} rows={3} />
        <div class="pair">
          <TextField draft={draft} name="urgency" label={w.urgency} />
          <TextField draft={draft} name="budget" label={w.budget} />
        </div>
        <TextArea draft={draft} name="address" label={w.address} rows={2} />
      </RecordForm>
    </Sheet>
  );
}

/** The editable fields; the value is in whole units of its currency. */
interface Fields {
  status: Lead["status"];
  value: number | null;
  currency: string;
  owner_id: string | null;
  next_step: string;
  notes: string;
}

/** The form's values of a lead. `usual`: the currency of a lead without one. */
function fieldsOf(lead: Lead, usual: string): Fields {
  const { status, value_minor, currency, owner_id, next_step, notes } = lead;
  const value = value_minor === null || currency === null ? null : value_minor / 10 ** minorDigits(currency);
  return { status, value, currency: currency ?? usual, owner_id, next_step, notes };
}

const rules = {
  status: LeadChange.status,
  owner_id: LeadChange.owner_id,
  next_step: LeadChange.next_step,
  notes: LeadChange.notes,
  currency: LeadChange.currency,
  value: { minimum: 0, type: "number" },
};

function Form({ lead, onChange }: { lead: Lead; onChange: (lead: Lead) => void }) {
  const colleagues = useColleagues();
  const known = useCurrency([]);
  // The first one is kept: another one would look like somebody else's change.
  const [usual] = useState(known);
  const base = fieldsOf(lead, usual);
  const isCurrency = (text: string) => /^[A-Z]{3}$/.test(text);
  const draft = useDraft<Fields>({
    value: base,
    follows: true,
    rules,
    check: ({ value, currency }) => (value !== null && !isCurrency(currency) ? { currency: w.badCurrency } : {}),
    send: async (fields) => {
      // Only what was changed, so that somebody else's changes to other fields stay.
      const edit: Record<string, unknown> = {};
      for (const field of ["status", "owner_id", "next_step", "notes"] as const) if (fields[field] !== base[field]) edit[field] = fields[field];
      if (fields.value !== base.value || (fields.value !== null && fields.currency !== base.currency)) {
        edit.value_minor = fields.value === null ? null : Math.round(fields.value * 10 ** minorDigits(fields.currency));
        if (fields.value !== null) edit.currency = fields.currency;
      }
      const now = await change<Lead>("PATCH", `/api/v1/leads/${lead.id}`, edit).catch((fault: unknown) => {
        throw fault instanceof Problem && fault.faults.some(({ field }) => field === "value_minor")
          ? new Problem(fault.status, w.noAmount, null)
          : fault;
      });
      if (now) onChange(now);
    },
  });
  return (
    <div class="padded">
      <RecordForm draft={draft} label={w.becomes} onSaved={() => tell(w.saved)}>
        <SelectField draft={draft} name="status" label={w.status} choices={STATUSES.map((value) => ({ value, label: w.statuses[value] }))} />
        <SelectField draft={draft} name="owner_id" label={w.owner} none={w.nobody} choices={ownerChoices(colleagues, lead.owner_id)} />
        <div class="pair value-pair">
          <NumberField draft={draft} name="value" label={w.value} step={1} />
          <TextField draft={draft} name="currency" label={w.currency} />
        </div>
        <TextField draft={draft} name="next_step" label={w.nextStep} />
        <TextArea draft={draft} name="notes" label={w.notes} rows={5} hint={w.notesHint} />
      </RecordForm>
      <p class="meta changed">
        {w.changed} <When at={lead.updated_at} />
      </p>
    </div>
  );
}

