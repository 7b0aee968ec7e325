// `/calls`: who is on the line now, and who was.
import { useEffect, useRef } from "preact/hooks";
import type { Call } from "../api/model";
import { may } from "../api/me";
import { hasDesk } from "../app/desk-part";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { follow, fresh, live, look, lookFurther, past } from "./book";
import { FilterBar } from "./filter-bar";
import { addressOf, type Filters, filtersIn, fits, isFiltered, NONE } from "./filters";
import { CallTable } from "./table";

/** The page. */
export function CallsPage() {
  const filters = filtersIn(query.value);
  const wanted = useRef(filters);
  wanted.current = filters;
  useEffect(() => follow(() => wanted.current), []);
  const address = addressOf(filters);
  useEffect(() => void look(wanted.current), [address]);
  const loaded = past.value.state === "loaded";
  useEffect(() => {
    if (loaded) restoreScroll();
  }, [loaded]);

  // A live call has no cause yet, and its words are not searched.
  const showsLive = filters.show !== "ended" && filters.cause === "" && filters.q === "";
  const showsPast = filters.show !== "live";
  const liveCalls = live.value?.filter((call) => fits(call, filters)) ?? null;
  const nothing =
    (!showsLive || liveCalls?.length === 0) && (!showsPast || (loaded && past.value.calls.length === 0));
  return (
    <>
      <div class="head">
        <Heading title="Calls">Calls</Heading>
      </div>
      <FilterBar filters={filters} />
      {nothing ? (
        <Nothing filters={filters} />
      ) : (
        <>
          {showsLive && <Live calls={liveCalls} />}
          {showsPast && <PastCalls filters={filters} />}
        </>
      )}
    </>
  );
}

function Live({ calls }: { calls: Call[] | null }) {
  const count = calls?.length ?? 0;
  return (
    <section class={count > 0 ? "calls ebonite" : "calls panel"} aria-labelledby="live-calls">
      <div class="head">
        <h2 id="live-calls">Live now</h2>
        <p class="meta" role="status">
          {count === 0 ? "" : `${count} ${count === 1 ? "call" : "calls"}`}
        </p>
      </div>
      {calls === null && <Skeleton rows={1} />}
      {calls?.length === 0 && <p class="none muted">Nobody is on the line.</p>}
      {calls && calls.length > 0 && <CallTable name="Live calls" calls={calls} fresh={fresh.value} />}
    </section>
  );
}

function PastCalls({ filters }: { filters: Filters }) {
  const { calls, next, state, error } = past.value;
  const retry = () => (calls.length === 0 ? look(filters) : lookFurther(filters));
  return (
    <section class="calls sheet" aria-labelledby="past-calls">
      <div class="head">
        <h2 id="past-calls">Past</h2>
      </div>
      {calls.length > 0 && <CallTable name="Past calls" calls={calls} fresh={fresh.value} />}
      {state === "loaded" && calls.length === 0 && <p class="none muted">None yet.</p>}
      {state === "loading" && <Skeleton rows={calls.length === 0 ? 6 : 1} />}
      {state === "failed" && <Failed message={error} onRetry={() => void retry()} />}
      {next !== null && state === "loaded" && (
        <div class="more">
          <button type="button" onClick={() => void lookFurther(filters)}>
            Show more
          </button>
        </div>
      )}
    </section>
  );
}

/** Nothing to show: either nothing fits, or nothing was ever there. */
function Nothing({ filters }: { filters: Filters }) {
  if (isFiltered(filters)) {
    return (
      <div class="empty calls-none" role="status">
        <h2>No results</h2>
        <p>No call fits these filters.</p>
        <button type="button" onClick={() => go(addressOf(NONE))}>
          Clear filters
        </button>
      </div>
    );
  }
  return (
    <div class="empty calls-none" role="status">
      <h2>No calls yet</h2>
      <p>Every call stands here from the moment it rings, with who called, what was said and how it ended.</p>
      <FirstAct onLook={() => void look(filters)} />
    </div>
  );
}

/** What somebody of the reader's role can do where there is no call yet. */
function FirstAct({ onLook }: { onLook: () => void }) {
  if (may("business_write")) {
    return (
      <>
        <p>Your switch can send some, or you talk to the assistant in a browser first.</p>
        <a class="alone" href="/talk-links">Make a talk link and call it</a>
      </>
    );
  }
  if (hasDesk()) return <a class="alone" href="/desk">Take calls at your desk</a>;
  return (
    <button type="button" onClick={onLook}>
      Look again
    </button>
  );
}
