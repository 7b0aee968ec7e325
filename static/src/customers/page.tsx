// `/customers`: people who called, and people whom the business called.
import { useEffect, useState } from "preact/hooks";
import { change } from "../api/client";
import { may } from "../api/me";
import type { Customer } from "../api/model";
import { Icon } from "../app/icons";
import { number, plural } from "../app/language";
import { Earlier, Further } from "../app/further";
import { Later } from "../app/later";
import { useList } from "../app/load";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { useRows } from "../app/rows";
import { tell } from "../app/toasts";
import { ZoneNote } from "../app/zone-note";
import { Brief, called, Empty, Find, Sheet } from "../people/parts";
import { BLANK, CustomerForm, type Fields } from "./form";
import { w } from "./words";

const takeIn = () => import("./take-in/dialog").then(({ TakeIn }) => TakeIn);

/** Customers per request. */
const LIST_ROWS = 100;

/** The page. */
export function CustomersPage() {
  const asked = new URLSearchParams(query.value);
  const q = asked.get("q") ?? "";
  const path = new URLSearchParams({ limit: String(LIST_ROWS), ...(q === "" ? {} : { q }) });
  const list = useList<Customer>(`/api/v1/customers?${path}`, ["customer"]);
  const { items, fault, again } = list;
  const isPart = list.hasMore || list.hasEarlier;
  const [adds, setAdds] = useState<"one" | "file" | null>(null);
  const isThere = items !== null;
  useEffect(() => {
    if (isThere) restoreScroll();
  }, [isThere]);
  const find = (text: string) => go(text === "" ? "/customers" : `/customers?${new URLSearchParams({ q: text })}`, "replace");
  const rows = useRows(items ?? [], [], (customer) => <Row key={customer.id} customer={customer} />);
  const canWrite = may("customers_write") === true;
  const isEmpty = items?.length === 0 && q === "";
  return (
    <div class="customers-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {items && items.length > 0 && `${number(items.length)}${isPart ? "+" : ""} ${plural(items.length, w.customers)}`}
        </p>
        <div class="push">
          {!isEmpty && (
            <a class="btn" href={csvOf(q)} download="customers.csv">
              <Icon name="download" />
              {w.csv}
            </a>
          )}
          {canWrite && (
            <button type="button" onClick={() => setAdds("file")}>
              <Icon name="upload" />
              {w.takeIn}
            </button>
          )}
          {canWrite && !isEmpty && (
            <a class="btn" href="/customers?doubles=1">
              <Icon name="customers" />
              {w.doubles}
            </a>
          )}
          {canWrite && !isEmpty && (
            <button type="button" class="primary" onClick={() => setAdds("one")}>
              <Icon name="add" />
              {w.add}
            </button>
          )}
        </div>
      </div>
      <ZoneNote />
      {!isEmpty && (
        <search class="finds">
          <Find label={w.find} placeholder={w.findHint} value={q} onFind={find} />
        </search>
      )}
      {items === null && fault === "" && <Skeleton rows={8} />}
      {isEmpty && (
        <Empty
          icon="customers"
          title={w.none}
          acts={
            canWrite && (
              <button type="button" class="primary" onClick={() => setAdds("one")}>
                <Icon name="add" />
                {w.add}
              </button>
            )
          }
        >
          {w.noneHint}
        </Empty>
      )}
      {items?.length === 0 && q !== "" && (
        <Empty
          icon="search"
          title={w.noneFit}
          acts={
            <button type="button" onClick={() => go("/customers")}>
              {w.clear}
            </button>
          }
        >
          {w.noneFitHint(q)}
        </Empty>
      )}
      <Earlier list={list} />
      {items && items.length > 0 && (
        <div class="sheet scroll" role="region" aria-label={w.title} tabIndex={0}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{w.name}</th>
                <th scope="col">{w.phone}</th>
                <th scope="col" class="wide-only">
                  {w.email}
                </th>
                <th scope="col" class="wide-only">
                  {w.tags}
                </th>
                <th scope="col" class="wide-only num">
                  {w.changed}
                </th>
              </tr>
            </thead>
            <tbody>{rows}</tbody>
          </table>
        </div>
      )}
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      <Further list={list} />
      {adds === "one" && <NewCustomer onClose={() => setAdds(null)} />}
      {adds === "file" && <Later load={takeIn} props={{ onTaken: () => void list.renew(), onClose: () => setAdds(null) }} />}
    </div>
  );
}

/** The address of a file with the customers shown. */
function csvOf(q: string): string {
  return q === "" ? "/api/v1/customers.csv" : `/api/v1/customers.csv?${new URLSearchParams({ q })}`;
}

function Row({ customer }: { customer: Customer }) {
  const { id, phone, email, tags, updated_at } = customer;
  return (
    <tr>
      <th scope="row">
        <a class="bare" href={`/customers/${id}`}>
          <bdi class="cut">{called(customer)}</bdi>
        </a>
      </th>
      <td class="n nowrap">{phone}</td>
      <td class="wide-only">
        <span class="cut">{email}</span>
      </td>
      <td class="wide-only">
        <span class="label-tags">
          {tags.map((tag) => (
            <span key={tag}>
              <bdi>{tag}</bdi>
            </span>
          ))}
        </span>
      </td>
      <td class="wide-only num meta">
        <Brief at={updated_at} />
      </td>
    </tr>
  );
}

function NewCustomer({ onClose }: { onClose: () => void }) {
  const make = async (fields: Fields) => {
    const made = await change<Customer>("POST", "/api/v1/customers", fields);
    if (!made) return;
    tell(w.made);
    setTimeout(() => go(`/customers/${made.id}`));
  };
  return (
    <Sheet title={w.add} onClose={onClose}>
      <CustomerForm value={BLANK} verb={w.make} send={make} onCancel={onClose} />
    </Sheet>
  );
}
