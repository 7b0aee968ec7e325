// Leads as rows, edited in place.
import { useRef } from "preact/hooks";
import { may } from "../api/me";
import type { Colleague, Lead, LeadStatus } from "../api/model";
import { Icon } from "../app/icons";
import type { LoadedList } from "../app/load";
import { Skeleton } from "../app/parts";
import { Earlier, Further } from "../app/further";
import { useRows } from "../app/rows";
import { nameOf, useColleagues } from "../people/colleagues";
import { amount, written } from "../words/money";
import { called, CameFrom, InPlace } from "../people/parts";
import { type Edit, edited, ownerChoices, statusIcons, valueEdit } from "./change";
import { STATUSES } from "./filters";
import { w } from "./words";

/** The table. */
export function LeadTable({ list, currency }: { list: LoadedList<Lead>; currency: string }) {
  const colleagues = useColleagues();
  const change = async (lead: Lead, edit: Edit): Promise<boolean> => {
    const now = await edited(lead, edit);
    // A refused change is rendered again from the stored lead: otherwise a select would keep the choice.
    list.change((items) => items.map((one) => (one.id === lead.id ? (now ?? { ...one }) : one)));
    return now !== null;
  };
  const edit = useRef(change);
  edit.current = change;
  const rows = useRows(list.items ?? [], [colleagues, currency], (lead) => (
    <Row key={lead.id} lead={lead} colleagues={colleagues} currency={currency} onEdit={(what) => edit.current(lead, what)} />
  ));
  if (list.items === null) return list.fault === "" ? <Skeleton rows={8} /> : null;
  return (
    <>
      <Earlier list={list} />
      <div class="sheet scroll" role="region" aria-label={w.title} tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{w.lead}</th>
              <th scope="col">{w.need}</th>
              <th scope="col">{w.status}</th>
              <th scope="col" class="num">
                {w.value}
              </th>
              <th scope="col">{w.nextStep}</th>
              <th scope="col">{w.owner}</th>
              <th scope="col">{w.cameFrom}</th>
            </tr>
          </thead>
          <tbody>{rows}</tbody>
        </table>
      </div>
      <Further list={list} />
    </>
  );
}

function Row(props: { lead: Lead; colleagues: Colleague[]; currency: string; onEdit: (edit: Edit) => Promise<boolean> }) {
  const { lead, colleagues, onEdit } = props;
  const name = called(lead);
  const currency = lead.currency ?? props.currency;
  const worth = lead.value_minor === null ? "" : amount(lead.value_minor, currency);
  const canEdit = may("leads_write") === true;
  const saveValue = async (text: string) => {
    const edit = valueEdit(text, currency);
    return edit !== null && onEdit(edit);
  };
  return (
    <tr>
      <th scope="row">
        <a class="bare" href={`/leads/${lead.id}`}>
          <bdi class="cut">{name}</bdi>
        </a>
      </th>
      <td>
        <span class="cut" title={lead.need}>
          <bdi>{lead.need}</bdi>
        </span>
      </td>
      <td>
        <span class="stage">
          <Icon name={statusIcons[lead.status]} size="small" />
          {canEdit ? (
            <select
              class="in-place"
              aria-label={w.of(w.status, name)}
              value={lead.status}
              onChange={(event) => void onEdit({ status: event.currentTarget.value as LeadStatus })}
            >
              {STATUSES.map((status) => (
                <option key={status} value={status}>
                  {w.statuses[status]}
                </option>
              ))}
            </select>
          ) : (
            w.statuses[lead.status]
          )}
        </span>
      </td>
      <td class="num">
        {canEdit ? (
          <InPlace
            label={w.of(w.value, name)}
            numeric
            maxLength={20}
            value={written(lead.value_minor, currency)}
            shown={worth}
            placeholder="–"
            save={saveValue}
          />
        ) : (
          worth
        )}
      </td>
      <td>
        {canEdit ? (
          <InPlace
            label={w.of(w.nextStep, name)}
            value={lead.next_step}
            placeholder={lead.urgency}
            save={(next_step) => onEdit({ next_step })}
          />
        ) : (
          <span class="cut" title={lead.next_step}>
            <bdi>{lead.next_step || lead.urgency}</bdi>
          </span>
        )}
      </td>
      <td>
        {canEdit ? (
          <select
            class={lead.owner_id === null ? "in-place none" : "in-place"}
            aria-label={w.of(w.owner, name)}
            value={lead.owner_id ?? ""}
            onChange={(event) => void onEdit({ owner_id: event.currentTarget.value || null })}
          >
            <option value="">{w.nobody}</option>
            {ownerChoices(colleagues, lead.owner_id).map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
        ) : (
          nameOf(colleagues, lead.owner_id)
        )}
      </td>
      <td>
        <CameFrom callId={lead.call_id} at={lead.created_at} />
      </td>
    </tr>
  );
}
