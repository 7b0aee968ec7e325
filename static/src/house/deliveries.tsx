// Deliveries to webhooks or to people: the state of each, and its answer.
import { useEffect, useRef } from "preact/hooks";
import type { Delivery } from "../api/model";
import { Earlier, Further } from "../app/further";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { useList } from "../app/load";
import { Failed, Skeleton, When } from "../app/parts";
import { h } from "./words";

/** How long after its creation a waiting delivery is reloaded automatically, how often, and how many times at most. */
const FRESH_MS = 60_000;
const LOOK_MS = 700;
const LOOKS_MAX = 40;
/** The number of rows on the first page. */
const FIRST_PAGE = 50;

/** An event as text; the server's own name for an unknown one. */
export function eventWords(event: string): string {
  return Object.hasOwn(h.events, event) ? h.events[event as keyof typeof h.events] : event;
}

/** The log. `onAgain`: sends a delivery again, and returns its new state; without it, nothing can be sent again. */
export function DeliveryLog(props: { path: string; none: string; onAgain?: (delivery: Delivery) => Promise<Delivery | null> }) {
  const log = useList<Delivery>(props.path, ["webhook", "notices"]);
  const { items } = log;
  // A pending delivery is updated; a list of which more pages were loaded is left alone.
  const turns = useRef(0);
  const isFresh = items?.some(({ state, created_at }) => state === "waiting" && Date.now() - Date.parse(created_at) < FRESH_MS) === true;
  useEffect(() => {
    if (!isFresh || log.busy || turns.current >= LOOKS_MAX || (items?.length ?? 0) > FIRST_PAGE) return;
    const timer = setTimeout(() => {
      turns.current += 1;
      void log.again();
    }, LOOK_MS);
    return () => clearTimeout(timer);
  });
  const { onAgain } = props;
  const again = async (delivery: Delivery) => {
    const now = await onAgain?.(delivery);
    if (now) log.change((all) => all.map((one) => (one.id === now.id ? now : one)));
  };
  if (items === null && log.fault !== "") return <Failed message={log.fault} onRetry={() => void log.again()} />;
  if (items === null) return <Skeleton rows={3} />;
  if (items.length === 0) return <p class="soft none">{props.none}</p>;
  return (
    <>
      <p class="log-head">
        <button type="button" class="btn quiet small" onClick={() => void log.again()}>
          <Icon name="refresh" />
          {h.refresh}
        </button>
      </p>
      <Earlier list={log} />
      <ul class="deliveries">
        {items.map((delivery) => (
          <li key={delivery.id}>
            <State delivery={delivery} />
            <div class="what">
              <span class="event">{eventWords(delivery.event)}</span>
              {delivery.channel !== "webhook" && <span class="meta">{delivery.target}</span>}
              <span class="meta">
                <When at={delivery.created_at} />
                {" · "}
                {h.attempts(number(delivery.attempts), delivery.attempts)}
                {delivery.next_attempt_at && (
                  <>
                    {" · "}
                    {h.next} <When at={delivery.next_attempt_at} />
                  </>
                )}
              </span>
              {(delivery.status != null || delivery.answer) && (
                <details>
                  <summary class="open">
                    <Icon name="next" size="small" />
                    {delivery.status != null ? h.answered(String(delivery.status)) : h.noAnswer}
                  </summary>
                  <p class="was-answered" dir="auto">
                    {delivery.answer || h.nothing}
                  </p>
                </details>
              )}
            </div>
            {onAgain && delivery.state !== "waiting" && (
              <button
                type="button"
                class="btn small"
                aria-label={h.againOf(eventWords(delivery.event))}
                onClick={() => void again(delivery)}
              >
                <Icon name="send" />
                {h.again}
              </button>
            )}
          </li>
        ))}
      </ul>
      {log.fault !== "" && <Failed message={log.fault} onRetry={() => void log.again()} />}
      <Further list={log} quiet />
    </>
  );
}

function State({ delivery }: { delivery: Delivery }) {
  switch (delivery.state) {
    case "delivered":
      return (
        <span class="state ended">
          <Icon name="tick" />
          {h.delivered}
        </span>
      );
    case "failed":
      return (
        <span class="state missed">
          <Icon name="cross" />
          {h.failed}
        </span>
      );
    case "waiting":
      return (
        <span class="state wrap">
          <Icon name="wait" />
          {h.waiting}
        </span>
      );
  }
}
