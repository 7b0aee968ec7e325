// `/reports`: figures of calls over a range of days, compared with the previous period, and what calls have in common.
import { useComputed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { may } from "../api/me";
import type { components } from "../api/types";
import { placeOf, useBusinessZone } from "../app/business-clock";
import type { Counted } from "../calls/filters";
import { leadsOf } from "../dashboard/range";
import { Icon } from "../app/icons";
import { Later } from "../app/later";
import { useLoaded } from "../app/load";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { type ReportQuery, addressOf, apiPath, askedIn, clockHour, CUTS, csvPath, daysIn, HOUR_DAYS_MAX, lastDays, longDay, shortDay } from "./asked";
import { callsOf, spanOf, ToCalls } from "./calls";
import { Charts } from "./charts";
import { CountedAnew } from "./counting";
import { areOfPeople, change, containment, ledgerOf, share } from "./figures";
import { RangeChoice } from "./range";
import { Funnels, keyName, Keys, Whys } from "./tables";
import { Weekly } from "./weekly";
import { w } from "./words";

type Report = components["schemas"]["Report"];

const quality = () => import("../quality/report").then(({ QualityReport }) => QualityReport);

/** The number of days in "a year". */
const YEAR = 365;

/** The page, once the business's clock is known: reports count its days. */
export default function ReportsPage() {
  const { zone, fault, again } = useBusinessZone();
  return (
    <div class="reports-page">
      {zone !== null ? (
        <Reports key={zone} zone={zone} />
      ) : (
        <>
          <Heading title={w.title}>{w.title}</Heading>
          {fault === "" ? <Skeleton rows={10} /> : <Failed message={fault} onRetry={() => void again()} />}
        </>
      )}
    </div>
  );
}

function Reports({ zone }: { zone: string }) {
  // On a page that is left open, the last days end with the new day after midnight.
  const today = useComputed(() => placeOf(new Date(now.value), zone).day).value;
  const asked = askedIn(query.value, today);
  const report = useLoaded<Report>(apiPath(asked));
  // The shown report stays until the next one is loaded, so that the page does not jump.
  const [kept, setKept] = useState<{ report: Report; asked: ReportQuery } | null>(null);
  useEffect(() => {
    if (report.value) setKept({ report: report.value, asked });
  }, [report.value]);
  useEffect(restoreScroll, [kept !== null]);
  const shown = report.value ? { report: report.value, asked } : kept;
  return (
    <>
      <div class="head">
        <Heading title={w.title}>{w.title}</Heading>
        <p class="meta">
          {shortDay(asked.from)} – {longDay(asked.to)}
          {shown && `, ${w.against(shortDay(shown.report.before.from), longDay(shown.report.before.to), shown.report.tz)}`}
        </p>
        <div class="push head-acts">
          <button type="button" onClick={() => print()}>
            <Icon name="print" />
            {w.print}
          </button>
          <a class="btn" href={csvPath(asked, "rows")} download>
            <Icon name="download" />
            {w.csv}
          </a>
        </div>
      </div>
      <Choices asked={asked} today={today} />
      <CountedAnew report={report} say={w.counting} />
      {report.fault !== "" ? (
        <Failed message={report.fault} onRetry={() => void report.again()} />
      ) : shown ? (
        <div class={report.busy ? "report busy" : "report"} aria-busy={report.busy}>
          <Shown report={shown.report} asked={shown.asked} today={today} />
        </div>
      ) : (
        <Skeleton rows={10} />
      )}
      {may("calls_supervise") && <Later load={quality} props={{ from: asked.from, to: asked.to }} />}
      <Weekly />
    </>
  );
}

function Choices({ asked, today }: { asked: ReportQuery; today: string }) {
  const hasHours = daysIn(asked) <= HOUR_DAYS_MAX;
  return (
    <div class="choices">
      <RangeChoice asked={asked} today={today} />
      <div class="segmented" role="radiogroup" aria-label={w.by.name}>
        {(["day", "hour"] as const).map((by) => (
          <label key={by}>
            <input
              type="radio"
              name="by"
              title={by === "hour" && !hasHours ? w.by.hourLimit : undefined}
              checked={asked.by === by}
              disabled={by === "hour" && !hasHours}
              onChange={() => go(addressOf({ ...asked, by }), "replace")}
            />
            {w.by[by]}
          </label>
        ))}
      </div>
      <label class="cut-choice">
        <span>{w.cut.name}</span>
        <select
          value={asked.cut}
          onChange={(event) => go(addressOf({ ...asked, cut: event.currentTarget.value as ReportQuery["cut"], key: "" }), "replace")}
        >
          {CUTS.map((cut) => (
            <option key={cut} value={cut}>
              {w.cut[cut]}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function Shown({ report, asked, today }: { report: Report; asked: ReportQuery; today: string }) {
  const { now, before } = report;
  const isEmpty = now.figures.calls === 0 && before.figures.calls === 0 && asked.key === "";
  const key = report.keys.find((one) => one.key === asked.key) ?? { key: asked.key, name: null, version: null, field: null, value: null };
  return (
    <>
      {report.hours_behind > 0 && (
        <div class="notice" role="status">
          <Icon name="wait" />
          <p>{w.behind(report.hours_behind)}</p>
        </div>
      )}
      {asked.key !== "" && (
        <p class="key-only">
          <span class="key-chip">
            <bdi>{w.only(w.cut[asked.cut], keyName(asked.cut, key))}</bdi>
            <button type="button" class="plain" aria-label={w.notOnly} onClick={() => go(addressOf({ ...asked, key: "" }))}>
              <Icon name="cross" />
            </button>
          </span>
        </p>
      )}
      {isEmpty ? (
        <Nothing asked={asked} today={today} />
      ) : (
        <>
          <Story report={report} asked={asked} />
          <Ledger report={report} asked={asked} />
          <Charts report={report} asked={asked} />
          <Funnels report={report} />
          {asked.cut !== "all" && <Keys report={report} asked={asked} today={today} />}
          <Whys report={report} asked={asked} />
        </>
      )}
    </>
  );
}

function Nothing({ asked, today }: { asked: ReportQuery; today: string }) {
  const year = lastDays(YEAR, today);
  return (
    <div class="empty">
      <h2>{w.story.none}</h2>
      <p>{w.empty.text}</p>
      <div class="acts">
        {daysIn(asked) < YEAR ? (
          <a class="btn" href={addressOf({ ...asked, ...year, by: "day" })}>
            {w.empty.act}
          </a>
        ) : (
          may("profiles_write") && (
            <a class="btn" href="/welcome">
              {w.empty.talk}
            </a>
          )
        )}
      </div>
    </div>
  );
}

function Story({ report, asked }: { report: Report; asked: ReportQuery }) {
  const { figures } = report.now;
  const { calls } = figures;
  const took = () => (areOfPeople(asked) ? w.story.all(calls) : w.story.took(share(containment(figures, asked) ?? 0), calls));
  const busiest = report.rows.reduce<Report["rows"][number] | null>(
    (most, row) => (row.figures.calls > (most?.figures.calls ?? 0) ? row : most),
    null,
  );
  const when = busiest && (busiest.hour == null ? shortDay(busiest.date) : `${shortDay(busiest.date)}, ${clockHour(busiest.hour)}`);
  return (
    <p class="lede">
      <ToCalls href={callsOf(asked, spanOf(report))}>{calls === 0 ? w.story.none : took()}</ToCalls>{" "}
      {busiest && when && report.rows.length > 1 && (
        <ToCalls href={callsOf(asked, spanOf(report, busiest))}>{w.story.busiest(when, busiest.figures.calls)}</ToCalls>
      )}
    </p>
  );
}

function Ledger({ report, asked }: { report: Report; asked: ReportQuery }) {
  const { now, before } = report;
  // The list of leads has the days as its filter, but not what the report is limited to. The calendar shows a week: the last one of the report,
  // because appointments are later than the calls that booked them.
  const elsewhere = new Map([
    [w.figures.leads, asked.key === "" ? leadsOf(asked) : null],
    [w.figures.bookings, `/appointments?day=${asked.to}`],
  ]);
  const counted: Record<string, Counted> = {
    [w.figures.containment]: "contained",
    [w.figures.handedOver]: "handed_over",
    [w.figures.missed]: "missed",
  };
  return (
    <section class="report-ledger" aria-label={w.figures.name}>
      <ul>
        {ledgerOf(report.currency, asked).map((figure) => {
          const value = figure.of(now.figures);
          const { words, up, tone } = change(figure, value, figure.of(before.figures));
          const href = elsewhere.get(figure.name);
          const toCalls = () => callsOf(asked, spanOf(report), { counted: counted[figure.name] ?? "call" });
          return (
            <li key={figure.name}>
              <p class="fig-name">{figure.name}</p>
              <p class="figure">{value === null ? "–" : <ToCalls href={href === undefined ? toCalls() : href}>{figure.say(value)}</ToCalls>}</p>
              <p class={`delta ${tone}`}>
                {up !== null && <Icon name={up ? "trendUp" : "trendDown"} size="small" />}
                {words}
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
