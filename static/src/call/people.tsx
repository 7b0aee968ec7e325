// The people on a call: which agents were offered it and talked, their wrap-ups, and the customer.
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { may } from "../api/me";
import type { Call, CallAgent, Customer, Page, WrapUp } from "../api/model";
import { Icon } from "../app/icons";
import { length } from "../words/time";
import { w } from "./words";

/** The outcome of a call at an agent's desk, as text. */
function outcomeInWords({ outcome, talked_ms }: CallAgent): string {
  switch (outcome) {
    case "talking":
      return w.people.talking;
    case "talked":
      return w.people.talked(length(talked_ms));
    case "missed":
      return w.people.missed;
    case "declined":
      return w.people.declined;
    case "accepted":
      return w.people.accepted;
    case "consulted":
      return w.people.consulted;
  }
}

/** The name of an agent on a call. */
export function agentName(call: Pick<Call, "agents">, userId: string | null): string {
  const agent = call.agents.find(({ user_id }) => user_id === userId);
  if (agent) return agent.name ?? w.people.former;
  return userId === null ? w.people.person : w.people.anAgent;
}

/** The card; empty for a call without a person, without a known customer and without a visitor whom a website has signed. */
export function People({ call }: { call: Call }) {
  const wrapUps = useWrapUps(call);
  const customer = useCustomer(call);
  const { identity } = call;
  if (call.agents.length === 0 && customer === null && !identity) return null;
  return (
    <section class="panel" aria-labelledby="people">
      <div class="top">
        <h2 id="people">{w.people.title}</h2>
      </div>
      <dl class="facts">
        {identity && (
          <div>
            <dt>{w.people.visitor}</dt>
            <dd>
              <span dir="auto">{identity.name || identity.email}</span>
              {identity.name && identity.email && <span class="meta">{identity.email}</span>}
              {identity.id && <code>{identity.id}</code>}
              <span class="state verified">
                <Icon name="tick" size="small" />
                {w.people.verifiedBy(identity.by)}
              </span>
            </dd>
          </div>
        )}
        {customer && (
          <div>
            <dt>{w.people.customer}</dt>
            <dd>
              {customer.name}
              {customer.email && <span class="meta">{customer.email}</span>}
            </dd>
          </div>
        )}
        {call.agents.map((agent) => (
          <div key={agent.user_id}>
            <dt>{w.people.agent}</dt>
            <dd>
              {agentName(call, agent.user_id)} {outcomeInWords(agent)}
              {wrapUps
                .filter(({ user_id }) => user_id === agent.user_id)
                .map(({ disposition, note }) => (
                  <span key={note} class="meta">
                    {[disposition, note].filter(Boolean).join(": ") || w.people.noNote}
                  </span>
                ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The agents' wrap-ups of the call; reloaded when an agent has left. */
function useWrapUps(call: Call): WrapUp[] {
  const [wrapUps, setWrapUps] = useState<WrapUp[]>([]);
  const talked = call.agents.filter(({ outcome }) => outcome === "talked").length;
  const isAllowed = may("floor_read") === true;
  useEffect(() => {
    if (talked === 0 || !isAllowed) return;
    const show = ({ items }: Page<WrapUp>) => setWrapUps(items);
    get<Page<WrapUp>>(`/api/v1/wrap-ups?call_id=${call.id}`).then(show, () => setWrapUps([]));
  }, [call.id, call.state, talked, isAllowed]);
  return wrapUps;
}

/** The customer with the other party's number. A withheld name or number matches nobody. */
function useCustomer(call: Call): Customer | null {
  const [customer, setCustomer] = useState<Customer | null>(null);
  const number = (call.direction === "outbound" ? call.to : call.from) ?? "";
  const isAllowed = may("customers_read") === true;
  useEffect(() => {
    setCustomer(null);
    if (!isAllowed || !/^\+[1-9]\d{6,14}$/.test(number)) return;
    const show = ({ items }: Page<Customer>) => setCustomer(items[0] ?? null);
    get<Page<Customer>>(`/api/v1/customers?phone=${encodeURIComponent(number)}`).then(show, () => setCustomer(null));
  }, [number, isAllowed]);
  return customer;
}
