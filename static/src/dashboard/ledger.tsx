// The figures side by side, each with its change as text. Green and red only if better and worse are certain.
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { money } from "../words/call";
import { length, shortLength } from "../words/time";
import type { Figures } from "./figures";
import { callsOf, leadsOf } from "./range";
import { Spark } from "./spark";
import type { Trend } from "./trend";
import { w } from "./words";

interface Row {
  name: string;
  href?: string;
  now: number | null;
  before: number | null | undefined;
  say: (value: number) => string;
  /** Whether more is better; null if that can't be said. */
  isMoreBetter: boolean | null;
  kind: "count" | "time" | "money";
  /** By hour or by day. */
  spark?: (number | null)[];
  /** Small text below it. */
  beside?: string;
}

/** The figures of a range of days. `trend`: the same by hours or days, and how fast people were served; null until it is loaded. */
export function Ledger(props: {
  figures: Figures;
  before: Figures | null;
  against: string;
  days: { from: string; to: string };
  currency: string;
  trend: Trend | null;
}) {
  const { figures, before, days, currency, trend } = props;
  const calls = callsOf(days, "call");
  const coins = (micros: number) => money(micros, currency);
  const row = (name: string, key: keyof Figures, more: { [part in keyof Row]?: Row[part] | undefined } = {}): Row => ({
    name,
    now: figures[key],
    before: before?.[key],
    say: number,
    isMoreBetter: null,
    kind: "count",
    ...(more as Partial<Row>),
  });
  const most = (ms: number | null, say: (ms: number) => string) => (ms === null ? {} : { beside: w.ledger.most(say(ms)) });
  const rows = [
    row(w.ledger.calls, "calls", { href: calls, spark: trend?.rows.calls }),
    row(w.ledger.alone, "alone", { href: callsOf(days, "contained"), isMoreBetter: true, spark: trend?.rows.alone }),
    row(w.ledger.handedOver, "handedOver", { href: callsOf(days, "handed_over"), spark: trend?.rows.handedOver }),
    row(w.ledger.missed, "missed", { href: callsOf(days, "missed"), isMoreBetter: false, spark: trend?.rows.missed }),
    row(w.ledger.leads, "leads", { href: leadsOf(days), isMoreBetter: true, spark: trend?.rows.leads }),
    row(w.ledger.bookings, "bookings", { href: "/appointments", isMoreBetter: true, spark: trend?.rows.bookings }),
    row(w.ledger.average, "averageMs", { href: calls, say: length, kind: "time", spark: trend?.rows.talkMs }),
    row(w.ledger.spent, "costMicros", { href: calls, say: coins, kind: "money", spark: trend?.rows.costMicros }),
    {
      ...row(w.ledger.reply, "calls", { href: calls, say: shortLength, kind: "time", isMoreBetter: false, spark: trend?.rows.replyMs }),
      now: trend?.replyMs ?? null,
      before: trend?.before?.replyMs,
      ...most(trend?.replyMostMs ?? null, shortLength),
    },
    {
      ...row(w.ledger.wait, "calls", { href: callsOf(days, "handed_over"), say: length, kind: "time", isMoreBetter: false, spark: trend?.rows.waitMs }),
      now: trend?.waitMs ?? null,
      before: trend?.before?.waitMs,
      ...most(trend?.waitMostMs ?? null, length),
    },
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
            {figure.beside && <p class="meta">{figure.beside}</p>}
            <Delta row={figure} />
            {figure.spark && <Spark values={figure.spark} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Delta({ row }: { row: Row }) {
  const { now, before, say, isMoreBetter, kind } = row;
  if (now === null || before == null) return <p class="delta">{w.ledger.noBefore}</p>;
  // Figures that look the same count as unchanged.
  const change = now - before;
  if (change === 0 || say(now) === say(before)) return <p class="delta">{w.ledger.same}</p>;
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
