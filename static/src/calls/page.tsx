// `/calls`: live and past calls.
import { useEffect, useRef } from "preact/hooks";
import type { Call } from "../api/model";
import { may } from "../api/me";
import { number, plural } from "../app/language";
import { useBusinessZone } from "../app/business-clock";
import { hasDesk } from "../app/desk-part";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { ZoneNote } from "../app/zone-note";
import { follow, fresh, live, look, lookBack, lookFurther, past } from "./book";
import { FilterBar } from "./filter-bar";
import { byDays, countOf } from "./days";
import { type Asked, addressOf, csvOf, filtersIn, fits, isFiltered, isKnownHere, isMixed } from "./filters";
import { CallTable } from "./table";
import { ColumnChoice } from "./views/columns";
import { SharedCalls } from "./views/shared";
import { useViews, Views, wholeAddress } from "./views/views";
import { w as beside } from "./views/words";
import { w } from "./words";

/** The page, once the business's clock is known: its days begin by that clock, as in the figures that link here. */
export function CallsPage() {
  const { zone, fault, again } = useBusinessZone();
  if (zone !== null) return <Calls zone={zone} />;
  return (
    <>
      <Heading title={w.title}>{w.title}</Heading>
      {fault === "" ? <Skeleton rows={6} /> : <Failed message={fault} onRetry={() => void again()} />}
    </>
  );
}

function Calls({ zone }: { zone: string }) {
  const filters = filtersIn(query.value);
  useViews(filters);
  const asked = { filters, zone };
  const wanted = useRef(asked);
  wanted.current = asked;
  useEffect(() => follow(() => wanted.current), []);
  const address = addressOf({ ...filters, view: "" });
  useEffect(() => void look(wanted.current), [address, zone]);
  const loaded = past.value.state === "loaded";
  useEffect(() => {
    if (loaded) restoreScroll();
  }, [loaded]);

  // A live call has no cause yet, and its words are not searched.
  const showsLive = filters.show !== "ended" && filters.cause === "" && isKnownHere(filters);
  const showsPast = filters.show !== "live";
  const liveCalls = live.value?.filter((call) => fits(call, asked)) ?? null;
  const nothing =
    (!showsLive || liveCalls?.length === 0) && (!showsPast || (loaded && past.value.kept.items.length === 0));
  return (
    <>
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <div class="push">
          <ColumnChoice />
          {past.value.kept.items.length > 0 && (
            <a class="btn" href={csvOf(asked)} download="calls.csv" title={beside.csvTitle}>
              <Icon name="download" />
              {beside.csv}
            </a>
          )}
        </div>
      </div>
      <ZoneNote />
      <SharedCalls zone={zone} />
      <Views filters={filters} />
      <FilterBar filters={filters} zone={zone} />
      {nothing ? (
        <Nothing asked={asked} />
      ) : (
        <>
          {showsLive && <Live calls={liveCalls} zone={zone} />}
          {showsPast && <PastCalls asked={asked} />}
        </>
      )}
    </>
  );
}

function Live({ calls, zone }: { calls: Call[] | null; zone: string }) {
  const count = calls?.length ?? 0;
  return (
    <section class={count > 0 ? "calls ebonite" : "calls panel"} aria-labelledby="live-calls">
      <div class="head">
        <h2 id="live-calls">{w.live}</h2>
        <p class="meta" role="status">
          {count === 0 ? "" : `${number(count)} ${plural(count, w.count)}`}
        </p>
      </div>
      {calls === null && <Skeleton rows={1} />}
      {calls?.length === 0 && <p class="none muted">{w.nobody}</p>}
      {calls && calls.length > 0 && <CallTable name={w.liveTable} calls={calls} zone={zone} fresh={fresh.value} groups={null} />}
    </section>
  );
}

function PastCalls({ asked }: { asked: Asked }) {
  const { kept, state, error } = past.value;
  const { items: calls, next } = kept;
  const days = byDays(calls, now.value, asked.zone);
  // The next page may have more of the last day, and the page before more of the first.
  const isWhole = (at: number) => (next === null || at < days.length - 1) && (kept.before.length === 0 || at > 0);
  const groups = days.map((day, at) => ({ name: day.name, calls: day.calls, count: countOf(day, isWhole(at)) }));
  const list = {
    hasMore: next !== null,
    hasEarlier: kept.before.length > 0,
    busy: state === "loading",
    more: () => lookFurther(asked),
    earlier: () => lookBack(asked),
  };
  const retry = () => (calls.length === 0 ? look(asked) : next === null ? lookBack(asked) : lookFurther(asked));
  return (
    <section class="calls sheet" aria-labelledby="past-calls">
      <div class="head">
        <h2 id="past-calls">{isMixed(asked.filters) ? w.filter.all : w.past}</h2>
      </div>
      <Earlier list={list} />
      {calls.length > 0 && <CallTable name={isMixed(asked.filters) ? w.filter.all : w.pastTable} calls={calls} zone={asked.zone} fresh={fresh.value} groups={groups} />}
      {state === "loaded" && calls.length === 0 && <p class="none muted">{w.noneYet}</p>}
      {state === "loading" && <Skeleton rows={calls.length === 0 ? 6 : 1} />}
      {state === "failed" && <Failed message={error} onRetry={() => void retry()} />}
      <Further list={list} quiet />
    </section>
  );
}

/** Nothing to show: either nothing matches, or there are no calls at all. */
function Nothing({ asked }: { asked: Asked }) {
  if (isFiltered(asked.filters)) {
    return (
      <div class="empty calls-none" role="status">
        <h2>{w.noResults}</h2>
        <p>{w.noResultsText}</p>
        <button type="button" onClick={() => go(wholeAddress())}>
          {w.clearFilters}
        </button>
      </div>
    );
  }
  return (
    <div class="empty calls-none" role="status">
      <h2>{w.empty}</h2>
      <p>{w.emptyText}</p>
      <FirstAct onLook={() => void look(asked)} />
    </div>
  );
}

/** The first action for the user's role when there is no call yet. */
function FirstAct({ onLook }: { onLook: () => void }) {
  if (may("business_write")) {
    return (
      <>
        <p>{w.first}</p>
        <a class="alone" href="/talk-links">{w.firstLink}</a>
      </>
    );
  }
  if (hasDesk()) return <a class="alone" href="/desk">{w.firstDesk}</a>;
  return (
    <button type="button" onClick={onLook}>
      {w.lookAgain}
    </button>
  );
}
