// The contacts of a campaign, page by page from the server, each with the calls to them, and how they are added and removed.
import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { may } from "../api/me";
import type { CalledContact, Campaign, CampaignContact, Outcome } from "../api/model";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useList, useLoaded } from "../app/load";
import { Failed, Skeleton, When } from "../app/parts";
import { go, path, query } from "../app/router";
import { Find } from "../people/parts";
import { AddContact } from "./add-contact";
import { ContactLinks } from "./contact-links";
import { numberIn } from "../words/phone";
import { TakeIn } from "./take-in";
import { w } from "./words";

/** Contacts per request. */
const CONTACTS = 100;
const STATES = ["waiting", "left_out", "calling", "done"] as const satisfies readonly CampaignContact["state"][];
const OUTCOMES = ["talked", "abandoned", "hung_up_early", "machine", "busy", "no_answer", "declined", "wrong_number", "cancelled", "failed"] as const satisfies readonly Outcome[];

/** Which contacts are shown, from the address. An empty field filters nothing. */
interface Filters {
  state: string;
  outcome: string;
  number: string;
}

const NO_FILTERS: Filters = { state: "", outcome: "", number: "" };

function filtersIn(search: string): Filters {
  const asked = new URLSearchParams(search);
  const known = (name: string, values: readonly string[]) => values.find((value) => value === asked.get(name)) ?? "";
  return { state: known("state", STATES), outcome: known("outcome", OUTCOMES), number: asked.get("number") ?? "" };
}

function queryOf(filters: Filters): string {
  return new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== "")).toString();
}

/** The section of the page. */
export function Contacts({ campaign }: { campaign: Campaign }) {
  const [takesIn, setTakesIn] = useState(false);
  const [adds, setAdds] = useState(false);
  const [shows, setShows] = useState(false);
  const [opened, setOpened] = useState<string | null>(null);
  const filters = filtersIn(query.value);
  const set = (change: Partial<Filters>, how: "push" | "replace" = "push") => {
    const text = queryOf({ ...filters, ...change });
    go(text === "" ? path.value : `${path.value}?${text}`, how);
  };
  const isFiltered = queryOf(filters) !== "";
  // An incomplete number is not requested.
  const wanted = numberIn(filters.number);
  const isPart = filters.number !== "" && wanted === null;
  const asked = queryOf({ ...filters, number: wanted ?? "" });
  const base = `/api/v1/campaigns/${campaign.id}/contacts`;
  const list = useList<CampaignContact>(isPart ? null : `${base}?limit=${CONTACTS}${asked === "" ? "" : `&${asked}`}`, ["campaign", "contact"]);
  const takesMore = may("business_write") === true && campaign.state !== "stopped";
  const choice = (name: "state" | "outcome", label: string, any: string, values: readonly string[], words: Record<string, string>) => (
    <select
      class={filters[name] === "" ? "chip-select" : "chip-select on"}
      aria-label={label}
      value={filters[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    >
      <option value="">{any}</option>
      {values.map((value) => (
        <option key={value} value={value}>
          {words[value]}
        </option>
      ))}
    </select>
  );
  return (
    <section class="panel" aria-labelledby="contacts">
      <div class="top">
        <h2 id="contacts">{w.contacts}</h2>
        <div class="push acts">
          {/* Without the incomplete number, the file would have all contacts. */}
          {!isPart && (
            <a class="btn" href={`${base}.csv${asked === "" ? "" : `?${asked}`}`} download="contacts.csv">
              <Icon name="download" />
              {w.csv}
            </a>
          )}
          {takesMore && (
            <>
              <button type="button" class="btn" onClick={() => setAdds(true)}>
                <Icon name="add" />
                {w.addContact}
              </button>
              <button type="button" class="btn" onClick={() => setTakesIn(true)}>
                <Icon name="upload" />
                {w.takeIn}
              </button>
              <button type="button" class="btn" onClick={() => setShows(true)}>
                <Icon name="link" />
                {w.links.title}
              </button>
            </>
          )}
        </div>
      </div>
      <search class="finds">
        <Find label={w.find} placeholder={w.findHint} value={filters.number} onFind={(text) => set({ number: text }, "replace")} />
        {choice("state", w.state, w.anyState, STATES, w.contactStates)}
        {choice("outcome", w.outcome, w.anyOutcome, OUTCOMES, w.outcomes)}
        {isFiltered && (
          <button type="button" class="plain" onClick={() => set(NO_FILTERS)}>
            {w.clear}
          </button>
        )}
      </search>
      {isPart && <p class="muted">{w.wholeNumber}</p>}
      {!isPart && list.items === null && list.fault === "" && <Skeleton rows={6} />}
      {!isPart && list.items?.length === 0 && <p class="muted">{isFiltered ? w.noneFit : takesMore ? `${w.noContacts} ${w.importFirst}` : w.noContacts}</p>}
      {!isPart && list.items !== null && list.items.length > 0 && (
        <>
          <Earlier list={list} />
          <div class="sheet">
            <table class="table stacks">
              <caption class="hidden">{w.contacts}</caption>
              <thead>
                <tr>
                  <th scope="col">{w.number}</th>
                  <th scope="col">{w.who}</th>
                  <th scope="col">{w.state}</th>
                  <th scope="col">{w.triesShort}</th>
                  <th scope="col">{w.lastOutcome}</th>
                  <th scope="col">
                    <span class="hidden">{w.theirCalls}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {list.items.map((contact) => (
                  <Row key={contact.id} contact={contact} isOpen={opened === contact.id} onTurn={() => setOpened(opened === contact.id ? null : contact.id)} />
                ))}
              </tbody>
            </table>
          </div>
          <Further list={list} of={w.contacts} />
        </>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void list.again()} />}
      {adds && (
        <AddContact
          campaign={campaign}
          onAdded={() => {
            setAdds(false);
            void list.renew();
          }}
          onClose={() => setAdds(false)}
        />
      )}
      {shows && <ContactLinks campaign={campaign} onClose={() => setShows(false)} />}
      {takesIn && <TakeIn campaign={campaign} onClose={() => setTakesIn(false)} onTaken={() => void list.renew()} />}
    </section>
  );
}

/** Whether a variable holds a person's name, judged by its own name: `name`, `first_name`, `Vorname`, `nombre`. */
const NAMES_SOMEBODY = /name|nombre|nome/i;

/** A contact's data in a line, with their name first. */
export function about({ variables }: CampaignContact): string {
  const known = Object.entries(variables).sort(([one], [other]) => Number(NAMES_SOMEBODY.test(other)) - Number(NAMES_SOMEBODY.test(one)));
  return known
    .slice(0, 3)
    .map(([, said]) => said)
    .join(" · ");
}

function Row({ contact, isOpen, onTurn }: { contact: CampaignContact; isOpen: boolean; onTurn: () => void }) {
  const { id, state, end, tries, last_outcome } = contact;
  const name = w.callsTo(contact.number);
  return (
    <Fragment>
      <tr>
        <th scope="row" class="n">
          <bdi>{contact.number}</bdi>
          {contact.is_unreadable && <span class="meta"> {w.unreadableNumber}</span>}
        </th>
        <td>
          <bdi class="cut" title={about(contact)}>
            {about(contact)}
          </bdi>
        </td>
        <td data-label={w.state}>
          {state === "done" && end !== null ? w.endsAs[end] : w.contactStates[state]}
          {state === "waiting" && Date.parse(contact.next_at) > Date.now() && (
            <>
              , {w.notBefore} <When at={contact.next_at} />
            </>
          )}
        </td>
        <td data-label={w.triesShort} class="n">
          {number(tries)}
        </td>
        <td data-label={w.lastOutcome}>{last_outcome && w.outcomes[last_outcome]}</td>
        <td class="acts">
          <button type="button" class="btn quiet square" aria-label={name} title={name} aria-expanded={isOpen} onClick={onTurn}>
            <Icon name={isOpen ? "up" : "down"} />
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={6}>
            <Tries campaignId={contact.campaign_id} id={id} />
          </td>
        </tr>
      )}
    </Fragment>
  );
}

/** The calls to a contact, with everything known about them. */
function Tries({ campaignId, id }: { campaignId: string; id: string }) {
  const { value, fault, again } = useLoaded<CalledContact>(`/api/v1/campaigns/${campaignId}/contacts/${id}`, ["campaign", "contact"]);
  if (!value) return fault === "" ? <Skeleton rows={2} /> : <Failed message={fault} onRetry={() => void again()} />;
  const facts = [...Object.entries(value.variables), [w.zone, value.zone ?? ""] as const, [w.consent, value.consent] as const].filter(([, said]) => said !== "");
  return (
    <div class="tries">
      {value.attempts.length === 0 ? (
        <p class="muted">{w.noTries}</p>
      ) : (
        <ol class="rows">
          {value.attempts.map(({ call_id, reserved_at, outcome, disposition, state, variant, shown }) => (
            <li key={call_id}>
              <When at={reserved_at} />
              <span>{outcome ? w.outcomes[outcome] : w.attempts[state]}</span>
              {disposition !== null && (
                <span>
                  <bdi>{disposition.name}</bdi> <span class="meta">{w.saidBy[disposition.by]}</span>
                </span>
              )}
              {shown !== null && <span class="meta">{w.callerIds.shown(shown)}</span>}
              {variant !== null && <span class="meta">{w.variantNamed(variant.toUpperCase())}</span>}
              {state !== "reserved" && may("calls_read") && (
                <a class="tap" href={`/calls/${call_id}`}>
                  {w.theCall}
                </a>
              )}
            </li>
          ))}
        </ol>
      )}
      {facts.length > 0 && (
        <dl class="facts">
          {facts.map(([what, said]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd dir="auto">{said}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
