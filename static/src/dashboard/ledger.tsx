// The figures side by side, each with what has changed, in words. Green and red only where better and worse are certain.
import { addressOf, NONE } from "../calls/filters";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { money } from "../words/call";
import { length } from "../words/time";
import type { Figures } from "./figures";
import { w } from "./words";

interface Row {
  name: string;
  href?: string;
  now: number | null;
  before: number | null | undefined;
  say: (value: number) => string;
  /** Whether more is better; null where nobody can say. */
  isMoreBetter: boolean | null;
  kind: "count" | "time" | "money";
}

/** The figures of some days. */
export function Ledger(props: {
  figures: Figures;
  before: Figures | null;
  against: string;
  days: { from: string; to: string };
  currency: string;
}) {
  const { figures, before, days, currency } = props;
  const calls = addressOf({ ...NONE, since: days.from, until: days.to });
  const coins = (micros: number) => money(micros, currency);
  const row = (name: string, key: keyof Figures, more: Partial<Row> = {}): Row => ({
    name,
    now: figures[key],
    before: before?.[key],
    say: number,
    isMoreBetter: null,
    kind: "count",
    ...more,
  });
  const rows = [
    row(w.ledger.calls, "calls", { href: calls }),
    row(w.ledger.alone, "alone", { href: calls, isMoreBetter: true }),
    row(w.ledger.handedOver, "handedOver", { href: calls }),
    row(w.ledger.missed, "missed", { href: calls, isMoreBetter: false }),
    row(w.ledger.leads, "leads", { href: "/leads", isMoreBetter: true }),
    row(w.ledger.bookings, "bookings", { href: "/appointments", isMoreBetter: true }),
    row(w.ledger.average, "averageMs", { href: calls, say: length, kind: "time" }),
    row(w.ledger.wait, "waitMs", { href: calls, say: length, kind: "time", isMoreBetter: false }),
    row(w.ledger.spent, "costMicros", { href: calls, say: coins, kind: "money" }),
  ];
  return (
    <section class="ledger" aria-label={w.ledger.name(props.against)}>
      <ul>
        {rows.map((figure) => (
          <li key={figure.name}>
            <p class="fig-name">{figure.name}</p>
            <p class="figure">
              {figure.now === null ? "–" : figure.href ? <a href={figure.href}>{figure.say(figure.now)}</a> : figure.say(figure.now)}
            </p>
            <Delta row={figure} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Delta({ row }: { row: Row }) {
  const { now, before, say, isMoreBetter, kind } = row;
  if (now === null || before == null) return <p class="delta">{w.ledger.noBefore}</p>;
  // What is told in whole seconds is compared so.
  const change = kind === "time" ? Math.round(now / 1000) * 1000 - Math.round(before / 1000) * 1000 : now - before;
  if (change === 0) return <p class="delta">{w.ledger.same}</p>;
  const told = say(Math.abs(change));
  const [more, fewer] = kind === "time" ? [w.ledger.longer, w.ledger.shorter] : [w.ledger.more, w.ledger.fewer];
  const tone = isMoreBetter === null ? "" : change > 0 === isMoreBetter ? "good" : "bad";
  return (
    <p class={`delta ${tone}`}>
      <Icon name={change > 0 ? "trendUp" : "trendDown"} size="small" />
      {change > 0 ? more(told) : fewer(told)}
    </p>
  );
}
