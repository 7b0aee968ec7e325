// `/customers?doubles=1`: pairs of customers who are probably the same person.
import { useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import { may } from "../../api/me";
import type { Customer, Double, Doubles } from "../../api/model";
import { Icon, type IconName } from "../../app/icons";
import { useKeptFocus } from "../../app/kept-focus";
import { useLoaded } from "../../app/load";
import { Confirm, Failed, Heading, Skeleton, WayBack } from "../../app/parts";
import { go } from "../../app/router";
import { tell } from "../../app/toasts";
import { called, Empty } from "../../people/parts";
import { Merge } from "./merge";
import { w } from "./words";

const LIST = "/api/v1/customers/doubles";
const icons: Record<Double["why"][number], IconName> = { number: "calls", email: "mail", name: "account" };

/** The page. */
export function DoublesPage() {
  const { value, fault, again, edit } = useLoaded<Doubles>(LIST);
  const [compared, setCompared] = useState<Double | null>(null);
  const [parted, setParted] = useState<Double | null>(null);
  const canWrite = may("customers_write") === true;
  useKeptFocus(value?.items.length, ".doubles-page h1");
  const keepApart = async (pair: Double) => {
    try {
      await change("POST", LIST, { one_id: pair.one.id, other_id: pair.other.id });
      tell(w.apartDone(called(pair.one), called(pair.other)));
      edit((was) => ({ ...was, items: was.items.filter(({ one, other }) => one.id !== pair.one.id || other.id !== pair.other.id) }));
    } catch (error) {
      tell(messageOf(error));
    }
  };
  return (
    <div class="customers-page doubles-page">
      <WayBack href="/customers">{w.all}</WayBack>
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {value && value.items.length > 0 && `${w.lead} ${w.of(value.looked_at)}`}
        </p>
      </div>
      {fault !== "" && <Failed message={fault} onRetry={() => void again()} />}
      {value === null && fault === "" && <Skeleton rows={6} />}
      {value?.items.length === 0 && (
        <Empty
          icon="customers"
          title={w.none}
          acts={
            <a class="btn" href="/customers">
              {w.all}
            </a>
          }
        >
          {w.noneHint}
        </Empty>
      )}
      {value && value.items.length > 0 && (
        <ul class="sheet pairs">
          {value.items.map((pair) => (
            <li key={`${pair.one.id}${pair.other.id}`} class="pair-row" aria-label={w.pair(called(pair.one), called(pair.other))}>
              <One of={pair.one} />
              <span class="tie" aria-hidden="true" />
              <One of={pair.other} />
              <p class="reasons label-tags">
                {pair.why.map((why) => (
                  <span key={why}>
                    <Icon name={icons[why]} />
                    {w.why[why]}
                  </span>
                ))}
              </p>
              {canWrite && (
                <p class="acts">
                  <button type="button" class="btn small quiet" onClick={() => setParted(pair)}>
                    {w.apart}
                    <span class="hidden">: {w.pair(called(pair.one), called(pair.other))}</span>
                  </button>
                  <button type="button" class="btn small" onClick={() => setCompared(pair)}>
                    {w.compare}
                    <span class="hidden">: {w.pair(called(pair.one), called(pair.other))}</span>
                  </button>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
      {parted && (
        <Confirm
          title={w.apartAsk(called(parted.one), called(parted.other))}
          text={w.apartText}
          verb={w.apart}
          onClose={() => setParted(null)}
          onYes={() => void keepApart(parted)}
        />
      )}
      {compared && (
        <Merge
          one={compared.one}
          other={compared.other}
          onClose={() => setCompared(null)}
          onMerged={(now) => {
            setCompared(null);
            tell(w.done);
            go(`/customers/${now.id}`);
          }}
        />
      )}
    </div>
  );
}

function One({ of }: { of: Customer }) {
  return (
    <div class="one">
      <a class="bare" href={`/customers/${of.id}`}>
        <bdi>{called(of)}</bdi>
      </a>
      <p class="meta n">{[of.name === "" ? null : of.phone, of.email || null].filter((text) => text !== null).join(" · ") || w.nothing}</p>
    </div>
  );
}

/** On a customer's page: possible duplicates. */
export function LooksLike({ customer, onMerged }: { customer: Customer; onMerged: (now: Customer) => void }) {
  const { value, again, edit } = useLoaded<Doubles>(`${LIST}?customer_id=${customer.id}`, { what: "customer", id: customer.id });
  // The window stays as it is while somebody else changes the customer.
  const [compared, setCompared] = useState<Customer | null>(null);
  const pair = value?.items[0];
  const other = pair && (pair.one.id === customer.id ? pair.other : pair.one);
  return (
    <>
      {other && (
        <div class="notice looks-like">
          <p>
            <strong>{w.looksLike(called(other))}</strong> <span class="soft">{pair.why.map((why) => w.why[why]).join(" · ")}</span>
          </p>
          <button type="button" class="btn small" onClick={() => setCompared(other)}>
            {w.compare}
            <span class="hidden">: {w.pair(called(customer), called(other))}</span>
          </button>
        </div>
      )}
      {compared && (
        <Merge
          one={customer}
          other={compared}
          onClose={() => setCompared(null)}
          onMerged={(now) => {
            setCompared(null);
            edit((was) => ({ ...was, items: [] }));
            void again();
            tell(w.done);
            onMerged(now);
          }}
        />
      )}
    </>
  );
}
