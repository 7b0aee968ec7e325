// Tables of calls: by key, by how far they came, by why they ended, and by why hand-offs failed.
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { causeList, failureInWords, isBadEnd, providerName } from "../words/call";
import { length, shortLength } from "../words/time";
import { type ReportQuery, addressOf, csvPath, longDay, sinceVersion } from "./asked";
import { callsOf, spanOf, ToCalls } from "./calls";
import { containment, type Figures, interruptions, mean, resolution, share, silence, spent } from "./figures";
import { w as about } from "../extraction/words";
import { w } from "./words";

type Report = components["schemas"]["Report"];
type Key = components["schemas"]["ReportKey"];

/** Its name for people. */
export function keyName(cut: ReportQuery["cut"], key: Pick<Key, "key" | "name" | "version" | "field" | "value">): string {
  switch (cut) {
    case "provider":
      return providerName(key.key);
    case "version":
      return w.keys.version(key.name ?? w.keys.gone, key.version ?? 0);
    case "topic":
      return key.name ?? key.key;
    case "extraction":
      return about.value(key.name ?? w.keys.gone, key.field ?? "", valueInWords(key.value ?? ""));
    case "all":
    case "number":
      return key.key;
    default:
      return key.name || w.keys.gone;
  }
}

/** A field's value: a choice unchanged, yes and no in the page's language. */
function valueInWords(value: string): string {
  if (value === "yes") return about.yes;
  return value === "no" ? about.no : value;
}

function Csv({ asked, table, title }: { asked: ReportQuery; table: "keys" | "outcomes" | "failures"; title: string }) {
  return (
    <a class="btn small push" href={csvPath(asked, table)} download aria-label={w.csvOf(title)}>
      <Icon name="download" />
      {w.csv}
    </a>
  );
}

/** Calls grouped by what they have in common. */
export function Keys({ report, asked, today }: { report: Report; asked: ReportQuery; today: string }) {
  const title = w.keys.title(w.cut[asked.cut]);
  const hasShares = asked.cut === "topic" || asked.cut === "extraction";
  const ms = (value: number | null | undefined, say: (value: number) => string) => (value == null ? "–" : say(value));
  return (
    <section class="panel by-key" aria-labelledby="keys-title">
      <div class="top">
        <h2 id="keys-title">{title}</h2>
        <Csv asked={asked} table="keys" title={title} />
      </div>
      {report.keys.length === 0 ? (
        <p class="soft">{w.keys.none}</p>
      ) : (
        <div class="scroll" tabIndex={0} role="region" aria-label={`${title}: ${w.chart.asTable}`}>
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{w.cut[asked.cut]}</th>
                {[
                  w.figures.calls,
                  ...(hasShares ? [w.funnel.share] : []),
                  w.figures.before,
                  w.figures.containment,
                  w.figures.handedOver,
                  w.figures.missed,
                  w.figures.replyHalf,
                  w.figures.waitHalf,
                  w.figures.talk,
                  w.figures.handling,
                  w.figures.resolved,
                  w.figures.silence,
                  w.figures.interruptions,
                  w.figures.leads,
                  w.figures.bookings,
                  w.figures.cost,
                ].map((name) => (
                  <th key={name} scope="col" class="num">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {report.keys.map((key) => {
                const name = keyName(asked.cut, key);
                const { now, before } = key;
                const alone = containment(now, { cut: asked.cut, key: key.key });
                return (
                  <tr key={key.key} class={key.key === asked.key ? "now" : ""}>
                    <th scope="row">
                      <a class="bare" href={addressOf({ ...asked, key: key.key })} title={w.keys.show(name)} aria-current={key.key === asked.key ? "true" : undefined}>
                        <bdi>{name}</bdi>
                      </a>
                      {key.published_on && (
                        <>
                          {" "}
                          <a class="soft" href={addressOf(sinceVersion(key.key, key.published_on, today))} title={w.keys.sinceOf(name, longDay(key.published_on))}>
                            {w.keys.since}
                          </a>
                        </>
                      )}
                    </th>
                    <td class="num">
                      <ToCalls look="bare" href={callsOf({ cut: asked.cut, key: key.key }, spanOf(report))}>{number(now.calls)}</ToCalls>
                    </td>
                    {hasShares && <td class="num">{key.out_of === 0 ? "–" : share(now.calls / key.out_of)}</td>}
                    <td class="num soft">{number(before.calls)}</td>
                    <td class="num">{ms(alone, share)}</td>
                    <td class="num">
                      <ToCalls look="bare" href={callsOf({ cut: asked.cut, key: key.key }, spanOf(report), { counted: "handed_over" })}>{number(now.handed_over)}</ToCalls>
                    </td>
                    <td class="num">
                      <ToCalls look="bare" href={callsOf({ cut: asked.cut, key: key.key }, spanOf(report), { counted: "missed" })}>{number(now.missed)}</ToCalls>
                    </td>
                    <td class="num">{ms(now.reply_p50_ms, shortLength)}</td>
                    <td class="num">{ms(now.wait_p50_ms, length)}</td>
                    <td class="num">{ms(now.talk_ms, length)}</td>
                    <td class="num">{ms(now.handling_ms, length)}</td>
                    <td class="num">{ms(resolution(now), share)}</td>
                    <td class="num">{ms(silence(now), share)}</td>
                    <td class="num">{ms(interruptions(now), mean)}</td>
                    <td class="num">{number(now.leads)}</td>
                    <td class="num">{number(now.bookings)}</td>
                    <td class="num">{spent(now.cost_micros, report.currency)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
      {report.more_keys && <p class="meta">{w.keys.more}</p>}
    </section>
  );
}

const causes = new Map(causeList);

/** How many calls reached each step, and how many callers who requested a person. Shares are of the first step. */
export function Funnels({ report }: { report: Report }) {
  const { now, before } = report;
  const funnel = (title: string, none: string, steps: [string, (figures: Figures) => number][]) => {
    const of = (figures: Figures) => steps.map(([, count]) => count(figures));
    const [counts, earlier] = [of(now.figures), of(before.figures)];
    const first = counts[0] ?? 0;
    const rows = steps.map(([name], at) => ({ name, count: counts[at] ?? 0, before: earlier[at] ?? 0, isBad: false }));
    return <Bars title={title} none={none} head={[w.funnel.step, w.funnel.count, w.outcomes.before]} rows={first === 0 ? [] : rows} shareOf={first} />;
  };
  return (
    <div class="whys">
      {funnel(w.funnel.result, w.story.none, [
        [w.figures.calls, ({ calls }) => calls],
        [w.funnel.answered, ({ answered }) => answered],
        [w.figures.leads, ({ leads }) => leads],
        [w.figures.bookings, ({ bookings }) => bookings],
      ])}
      {funnel(w.funnel.person, w.funnel.nobody, [
        [w.funnel.asked, ({ handoffs }) => handoffs],
        [w.funnel.joined, ({ bridged }) => bridged],
        [w.funnel.soon, ({ waits_20_s }) => waits_20_s],
      ])}
    </div>
  );
}

/** Why calls ended, and why hand-offs failed. */
export function Whys({ report, asked }: { report: Report; asked: ReportQuery }) {
  const { now, before } = report;
  const failures = Object.entries(now.figures.failures);
  return (
    <div class="whys">
      <Bars
        title={w.outcomes.title}
        none={w.outcomes.none}
        head={[w.outcomes.what, w.outcomes.calls, w.outcomes.before]}
        rows={Object.entries(now.figures.outcomes).map(([cause, count]) => ({
          name: causes.get(cause) ?? cause.replaceAll("_", " "),
          count,
          before: before.figures.outcomes[cause] ?? 0,
          isBad: isBadEnd(cause),
          href: callsOf(asked, spanOf(report), { cause }),
        }))}
        csv={<Csv asked={asked} table="outcomes" title={w.outcomes.title} />}
      />
      <Bars
        title={w.failures.title}
        none={w.failures.none}
        head={[w.failures.what, w.failures.count, w.outcomes.before]}
        rows={failures.map(([failure, count]) => ({
          name: failureInWords(failure as Parameters<typeof failureInWords>[0]),
          count,
          before: before.figures.failures[failure] ?? 0,
          isBad: true,
        }))}
        csv={<Csv asked={asked} table="failures" title={w.failures.title} />}
      />
    </div>
  );
}

function Bars(props: {
  title: string;
  none: string;
  head: [string, string, string];
  rows: { name: string; count: number; before: number; isBad: boolean; href?: string | null }[];
  csv?: preact.ComponentChildren;
  /** Rows are steps in order, with their shares of this. Other tables are sorted by count. */
  shareOf?: number;
}) {
  const { shareOf } = props;
  const rows = shareOf === undefined ? [...props.rows].sort((one, other) => other.count - one.count) : props.rows;
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <section class="panel why" aria-label={props.title}>
      <div class="top">
        <h2>{props.title}</h2>
        {props.csv}
      </div>
      {rows.length === 0 ? (
        <p class="soft">{props.none}</p>
      ) : (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{props.head[0]}</th>
              <td class="bar-cell" />
              <th scope="col" class="num">
                {props.head[1]}
              </th>
              {shareOf !== undefined && (
                <th scope="col" class="num">
                  {w.funnel.share}
                </th>
              )}
              <th scope="col" class="num">
                {props.head[2]}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, count, before, isBad, href }) => (
              <tr key={name}>
                <th scope="row">
                  <ToCalls look="bare" href={href ?? null}>{name}</ToCalls>
                </th>
                <td class="bar-cell">
                  <svg class="plot why-bar" viewBox="0 0 240 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                    <rect class={isBad ? "bad solid" : "s1"} x="0.5" y="0.5" width={count === 0 ? 0 : Math.max(2, (count / most) * 239)} height="11" />
                  </svg>
                </td>
                <td class="num">{number(count)}</td>
                {shareOf !== undefined && <td class="num">{share(count / shareOf)}</td>}
                <td class="num soft">{number(before)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
