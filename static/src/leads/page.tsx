// `/leads`: what people want from the business, as a board and as a table.
import { useEffect, useState } from "preact/hooks";
import { may, myId } from "../api/me";
import type { Lead, LeadStatus } from "../api/model";
import { Icon } from "../app/icons";
import { number, plural } from "../app/language";
import { type LoadedList, useList } from "../app/load";
import { Failed, Heading } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { ZoneNote } from "../app/zone-note";
import { shortDay } from "../appointments/zone";
import { useColleagues } from "../people/colleagues";
import { sums } from "../words/money";
import { Empty, Find } from "../people/parts";
import { Board } from "./board";
import { useCurrency } from "./change";
import { addressOf, type Filters, filtersIn, isFiltered, queryOf, STATUSES, unfiltered, WHENS } from "./filters";
import { NewLead } from "./new";
import { LeadTable } from "./table";
import { TakeIn } from "./take-in";
import { w } from "./words";

/** Leads per request, of a column or of the table. */
const COLUMN_LEADS = 100;
const TABLE_LEADS = 100;
/** The maximum cards kept in a column: there are five columns. */
const COLUMN_KEPT = 200;

/** The leads of each status. */
export type Columns = Record<LeadStatus, LoadedList<Lead>>;

/** The page. */
export function LeadsPage() {
  const filters = filtersIn(query.value);
  return filters.as === "board" ? <AsBoard filters={filters} /> : <AsTable filters={filters} />;
}

function AsBoard({ filters }: { filters: Filters }) {
  const of = (status: LeadStatus) => useList<Lead>(`/api/v1/leads?${queryOf(filters, status, COLUMN_LEADS)}`, ["lead"], COLUMN_KEPT);
  const columns = eachOnce({ new: of("new"), contacted: of("contacted"), qualified: of("qualified"), won: of("won"), lost: of("lost") });
  const lists = STATUSES.map((status) => columns[status]);
  const all = lists.every(({ items }) => items !== null) ? lists.flatMap(({ items }) => items ?? []) : null;
  const fault = lists.find((list) => list.fault !== "")?.fault ?? "";
  const again = () => lists.filter((list) => list.fault !== "").forEach((list) => void list.again());
  const isPart = lists.some((list) => list.hasMore || list.hasEarlier);
  return (
    <Page
      filters={filters}
      all={all}
      isPart={isPart}
      fault={fault}
      again={again}
      reload={() => lists.forEach((list) => void list.renew())}
    >
      <Board columns={columns} />
    </Page>
  );
}

/** Leaves a lead only in the column that has its latest state. Each column is requested on its own: a lead that moves is answered in two of them
 * for a moment. */
function eachOnce(columns: Columns): Columns {
  const latest = new Map<string, Lead>();
  for (const status of STATUSES) {
    for (const lead of columns[status].items ?? []) {
      const other = latest.get(lead.id);
      if (!other || other.updated_at < lead.updated_at) latest.set(lead.id, lead);
    }
  }
  const once = (list: LoadedList<Lead>) => ({ ...list, items: list.items?.filter((lead) => latest.get(lead.id) === lead) ?? null });
  return {
    new: once(columns.new),
    contacted: once(columns.contacted),
    qualified: once(columns.qualified),
    won: once(columns.won),
    lost: once(columns.lost),
  };
}

function AsTable({ filters }: { filters: Filters }) {
  const list = useList<Lead>(`/api/v1/leads?${queryOf(filters, filters.status, TABLE_LEADS)}`, ["lead"]);
  return (
    <Page
      filters={filters}
      all={list.items}
      isPart={list.hasMore || list.hasEarlier}
      fault={list.fault}
      again={() => void list.again()}
      reload={() => void list.renew()}
    >
      <LeadTable list={list} currency={useCurrency(list.items ?? [])} />
    </Page>
  );
}

function Page(props: {
  filters: Filters;
  all: Lead[] | null;
  /** Whether there are more than these. */
  isPart: boolean;
  fault: string;
  again: () => void;
  /** Loads all rows that are shown again. */
  reload: () => void;
  children: preact.ComponentChildren;
}) {
  const { filters, all, isPart, fault } = props;
  const [adds, setAdds] = useState<"one" | "file" | null>(null);
  const currency = useCurrency(all ?? []);
  const canWrite = may("leads_write") === true;
  const isBare = all?.length === 0 && !isFiltered(filters);
  const addsOne = adds === "one";
  const addsFile = adds === "file";
  const added = () => {
    setAdds(null);
    props.reload();
  };
  const isThere = all !== null;
  useEffect(() => {
    if (isThere) restoreScroll();
  }, [isThere]);
  return (
    <div class="leads-page">
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta" role="status">
          {all && all.length > 0 && summary(all, isPart)}
        </p>
        <div class="push">
          <As filters={filters} />
          <a class="btn" href={csvOf(filters)} download="leads.csv">
            <Icon name="download" />
            {w.csv}
          </a>
          {canWrite && (
            <button type="button" onClick={() => setAdds("file")}>
              <Icon name="upload" />
              {w.takeIn}
            </button>
          )}
          {canWrite && !isBare && (
            <button type="button" class="primary" onClick={() => setAdds("one")}>
              <Icon name="add" />
              {w.add}
            </button>
          )}
        </div>
      </div>
      <ZoneNote />
      <Finds filters={filters} />
      {all?.length === 0 ? (
        isFiltered(filters) ? (
          <Empty
            icon="search"
            title={w.noneFit}
            acts={
              <button type="button" onClick={() => go(addressOf(unfiltered(filters)))}>
                {w.clear}
              </button>
            }
          >
            {w.noneFitHint}
          </Empty>
        ) : (
          <None onAdd={canWrite ? () => setAdds("one") : null} />
        )
      ) : (
        props.children
      )}
      {fault !== "" && <Failed message={fault} onRetry={props.again} />}
      {addsOne && <NewLead currency={currency} onMade={added} onClose={() => setAdds(null)} />}
      {addsFile && <TakeIn onTaken={added} onClose={() => setAdds(null)} />}
    </div>
  );
}

/** No leads yet: how to get some. */
function None({ onAdd }: { onAdd: (() => void) | null }) {
  return (
    <Empty
      icon="leads"
      title={w.none}
      acts={
        onAdd && (
          <button type="button" class="primary" onClick={onAdd}>
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

/** `11 leads, £22,266 open, 7 came by the assistant`. */
function summary(leads: Lead[], isPart: boolean): string {
  const n = leads.length;
  const open = sums(leads.filter(({ status }) => status !== "won" && status !== "lost"));
  const byAssistant = leads.filter(({ call_id }) => call_id !== null).length;
  const parts = [`${number(n)}${isPart ? "+" : ""} ${plural(n, w.leads)}`];
  if (open !== "") parts.push(w.open(isPart ? `${open}+` : open));
  if (byAssistant > 0) parts.push(w.byAssistant(number(byAssistant)));
  return parts.join(", ");
}

function csvOf(filters: Filters): string {
  const query = new URLSearchParams(queryOf(filters, filters.status, 200));
  query.delete("limit");
  const text = query.toString();
  return text === "" ? "/api/v1/leads.csv" : `/api/v1/leads.csv?${text}`;
}

/** Board or table. */
function As({ filters }: { filters: Filters }) {
  const one = (as: Filters["as"], word: string, icon: "columns" | "table") => (
    <label>
      <input type="radio" name="leads-as" checked={filters.as === as} onChange={() => go(addressOf({ ...filters, as, status: as === "board" ? "" : filters.status }))} />
      <Icon name={icon} />
      {word}
    </label>
  );
  return (
    <fieldset class="segmented">
      <legend class="hidden">{w.as}</legend>
      {one("board", w.board, "columns")}
      {one("table", w.table, "table")}
    </fieldset>
  );
}

/** The option that stands for the days in the address. */
const DAYS = "days";

function Finds({ filters }: { filters: Filters }) {
  const colleagues = useColleagues();
  const set = (change: Partial<Filters>, how: "push" | "replace" = "push") => go(addressOf({ ...filters, ...change }), how);
  const [mine] = useState(myId);
  const isTable = filters.as === "table";
  const ends = [filters.since, filters.until].map((day) => (day === "" ? "…" : shortDay(day)));
  const days = filters.since + filters.until === "" ? "" : [...new Set(ends)].join(" – ");
  return (
    <search class="finds">
      <Find label={w.find} placeholder={w.findHint} value={filters.q} onFind={(q) => set({ q }, "replace")} />
      <Choice label={w.owner} value={filters.owner} any={w.anybody} onChoose={(owner) => set({ owner })}>
        {mine !== null && <option value={mine}>{w.me}</option>}
        <option value="none">{w.nobody}</option>
        {colleagues
          .filter(({ user_id }) => user_id !== mine)
          .map(({ user_id, name }) => (
            <option key={user_id} value={user_id}>
              {name}
            </option>
          ))}
      </Choice>
      <Choice
        label={w.when}
        value={days === "" ? filters.when : DAYS}
        any={w.anytime}
        onChoose={(when) => when !== DAYS && set({ when: when as Filters["when"], since: "", until: "" })}
      >
        {days !== "" && <option value={DAYS}>{days}</option>}
        {WHENS.map((when) => (
          <option key={when} value={when}>
            {w.whens[when]}
          </option>
        ))}
      </Choice>
      {isTable && (
        <Choice label={w.status} value={filters.status} any={w.anyStatus} onChoose={(status) => set({ status: status as Filters["status"] })}>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {w.statuses[status]}
            </option>
          ))}
        </Choice>
      )}
      {isFiltered(filters) && (
        <button type="button" class="plain" onClick={() => go(addressOf(unfiltered(filters)))}>
          {w.clear}
        </button>
      )}
    </search>
  );
}

/** A filter with one of several values, as a chip: it is filled while it filters. */
function Choice(props: { label: string; value: string; any: string; onChoose: (value: string) => void; children: preact.ComponentChildren }) {
  return (
    <select
      class={props.value === "" ? "chip-select" : "chip-select on"}
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChoose(event.currentTarget.value)}
    >
      <option value="">{props.any}</option>
      {props.children}
    </select>
  );
}
