// `/dashboard`: how the business did today, or in a range of days, compared with the period before. The days are those of the business's clock.
import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { may } from "../api/me";
import type { Dashboard, DayByHour } from "../api/model";
import type { components } from "../api/types";
import { momentOf, placeOf, useBusinessZone } from "../app/business-clock";
import { Icon } from "../app/icons";
import { type Loaded, useLoaded } from "../app/load";
import { now } from "../app/now";
import { Failed, Heading, Skeleton } from "../app/parts";
import { go, query, restoreScroll } from "../app/router";
import { ZoneNote } from "../app/zone-note";
import { clock } from "../appointments/zone";
import { csvPath } from "../reports/asked";
import { CountedAnew } from "../reports/counting";
import { Board } from "./board";
import { Chart } from "./chart";
import { useEnded } from "./ended";
import { Endings } from "./endings";
import { Feed } from "./feed";
import { barsOfDay, barsOfDays, type Figures, ofDays, ofHours } from "./figures";
import { Ledger } from "./ledger";
import { dayInWords, daysOf, type Range, rangeIn, shortDay, weekdayOf } from "./range";
import { FirstSteps } from "./steps";
import { Story } from "./story";
import { type Trend, trendIn, trendOf, trendPath } from "./trend";
import { w } from "./words";

/** How often the figures are requested while the page is visible, in ms. */
const AGAIN_MS = 60_000;
const RANGES: Range[] = [1, 7, 28];

type Report = components["schemas"]["Report"];

/** A moment on the business's clock. */
interface Today {
  zone: string;
  at: Date;
  day: string;
  minutes: number;
}

/** The end of the current minute, in ms. A page that is left open follows the hours, and shows the next day after midnight. */
const minuteEnds = computed(() => (Math.floor(now.value / 60_000) + 1) * 60_000 - 1);

/** The page, once the business's clock is known. */
export default function DashboardPage() {
  const { zone, fault, again } = useBusinessZone();
  return (
    <div class="dashboard-page">
      {zone !== null ? (
        <Figured zone={zone} />
      ) : (
        <>
          <Heading title={w.title}>{w.title}</Heading>
          {fault === "" ? <Skeleton rows={8} /> : <Failed message={fault} onRetry={() => void again()} />}
        </>
      )}
    </div>
  );
}

function Figured({ zone }: { zone: string }) {
  const range = rangeIn(query.value);
  const at = new Date(minuteEnds.value);
  const today = { zone, at, ...placeOf(at, zone) };
  return (
    <>
      <div class="head">
        <Heading title={w.title}>{range === 1 ? dayInWords(today.day) : w.title}</Heading>
        <Against range={range} today={today} />
        <div class="push head-acts">
          <div class="segmented" role="radiogroup" aria-label={w.ranges.name}>
            {RANGES.map((days) => (
              <label key={days}>
                <input
                  type="radio"
                  name="range"
                  checked={days === range}
                  onChange={() => go(days === 1 ? "/dashboard" : `/dashboard?days=${days}`, "replace")}
                />
                {w.ranges[days]}
              </label>
            ))}
          </div>
          <a class="btn" href={csvPath(trendOf(range, daysOf(range, today.day).now), "rows")} download>
            <Icon name="download" />
            {w.csv}
          </a>
        </div>
      </div>
      <ZoneNote />
      {may("business_write") && <FirstSteps />}
      {range === 1 ? <OfToday key="today" today={today} /> : <OfDays key={range} range={range} today={today} />}
    </>
  );
}

function Against({ range, today }: { range: Range; today: Today }) {
  const { now } = daysOf(range, today.day);
  return (
    <p class="meta">
      {range === 1 ? w.until(weekdayOf(today.day), clock(today.minutes)) : w.span(shortDay(now.from), shortDay(now.to))}
    </p>
  );
}

/** The figures at a path, requested again while the page is visible. */
function useFigures<T>(path: string) {
  const loaded = useLoaded<T>(path, ["lead", "appointment", "callback"]);
  const ended = useEnded();
  useEffect(() => {
    if (ended > 0) void loaded.renew();
  }, [ended]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void loaded.renew();
    }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [path]);
  return loaded;
}

function OfToday({ today }: { today: Today }) {
  const { now, before } = daysOf(1, today.day);
  const tz = encodeURIComponent(today.zone);
  const day = useFigures<DayByHour>(`/api/v1/metrics/day?day=${now.from}&tz=${tz}`);
  const then = useLoaded<DayByHour>(`/api/v1/metrics/day?day=${before.from}&tz=${tz}`);
  const whole = useFigures<Dashboard>(`/api/v1/metrics/dashboard?from=${now.from}&to=${now.to}&tz=${tz}`);
  const report = useFigures<Report>(trendPath(1, now));
  const reportBefore = useLoaded<Report>(trendPath(1, before));
  const failed = day.fault || whole.fault;
  if (failed !== "") return <Failed message={failed} onRetry={() => void Promise.all([day.again(), whole.again()])} />;
  if (!day.value || !whole.value) return <Skeleton rows={8} />;
  const at = today.at.getTime();
  const figures = ofHours(day.value);
  const atBefore = momentOf({ day: before.from, minutes: today.minutes }, today.zone).getTime();
  return (
    <Sheet
      figures={figures}
      before={then.value ? ofHours(then.value, atBefore) : null}
      against={weekdayOf(today.day)}
      days={now}
      isToday
      zone={today.zone}
      dashboard={whole.value}
      currency={day.value.currency}
      report={report}
      trend={report.value && trendIn(report.value, at, reportBefore.value?.now.figures ?? null)}
      chart={{ title: w.byHour, head: w.hour, bars: barsOfDay(day.value, then.value, at) }}
    />
  );
}

function OfDays({ range, today }: { range: Range; today: Today }) {
  const { now, before } = daysOf(range, today.day);
  const path = ({ from, to }: typeof now) => `/api/v1/metrics/dashboard?from=${from}&to=${to}&tz=${encodeURIComponent(today.zone)}`;
  const whole = useFigures<Dashboard>(path(now));
  const then = useLoaded<Dashboard>(path(before));
  const report = useFigures<Report>(trendPath(range, now));
  if (whole.fault !== "") return <Failed message={whole.fault} onRetry={() => void whole.again()} />;
  if (!whole.value) return <Skeleton rows={8} />;
  return (
    <Sheet
      figures={ofDays(whole.value)}
      before={then.value ? ofDays(then.value) : null}
      against={w.chart.before}
      days={now}
      isToday={false}
      zone={today.zone}
      dashboard={whole.value}
      currency={whole.value.currency}
      report={report}
      trend={report.value && trendIn(report.value, today.at.getTime(), report.value.before.figures)}
      chart={{ title: w.byDay, head: w.day, bars: barsOfDays(whole.value, then.value, shortDay) }}
    />
  );
}

function Sheet(props: {
  figures: Figures;
  before: Figures | null;
  against: string;
  days: { from: string; to: string };
  isToday: boolean;
  zone: string;
  dashboard: Dashboard;
  currency: string;
  report: Loaded<Report>;
  trend: Trend | null;
  chart: { title: string; head: string; bars: ReturnType<typeof barsOfDay> };
}) {
  useEffect(restoreScroll, []);
  const { figures, before, days, dashboard, chart } = props;
  return (
    <>
      <CountedAnew report={props.report} say={w.counting} />
      <div class="dash">
        <Story figures={figures} days={days} isToday={props.isToday} />
        <Board />
        <Chart title={chart.title} head={chart.head} bars={chart.bars} hasBefore={before !== null} />
        <Feed zone={props.zone} />
        <Ledger figures={figures} before={before} against={props.against} days={days} currency={props.currency} trend={props.trend} />
        <Endings outcomes={dashboard.calls.outcomes} days={days} />
      </div>
    </>
  );
}
