// The forecast of a campaign's calls from now on. It is simulated on the server, with answer rates that the user may change.
import { useEffect, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Campaign, CampaignForecast } from "../api/model";
import { AssumptionsBody, ForecastBody } from "../api/rules";
import { NumberField, RecordForm } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { number } from "../app/language";
import { Failed, Skeleton, When } from "../app/parts";
import { Sheet } from "../people/parts";
import { OutcomeTable } from "./outcomes";
import { preciseShare, spent } from "./parts";
import { byForecastField } from "./settings";
import { w } from "./words";

/** The fields. The cost is in the currency's unit, not in millionths. */
interface Fields {
  answered_percent: number | null;
  machine_percent: number | null;
  talk_s: number | null;
  cost_per_minute: number | null;
  agents: number | null;
  wrap_up_s: number | null;
}

function fieldsOf({ assumed, agents, wrap_up_s, cost_per_minute_micros }: CampaignForecast): Fields {
  const { answered_percent, machine_percent, talk_s } = assumed;
  return { answered_percent, machine_percent, talk_s, agents, wrap_up_s, cost_per_minute: cost_per_minute_micros / 1_000_000 };
}

function bodyOf({ answered_percent, machine_percent, talk_s, agents, wrap_up_s, cost_per_minute }: Fields) {
  return {
    assumed: { answered_percent, machine_percent, talk_s },
    agents,
    wrap_up_s,
    cost_per_minute_micros: cost_per_minute === null ? null : Math.round(cost_per_minute * 1_000_000),
  };
}

/** The dialog: the first answer contains the server's own assumptions. */
export function Forecast({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const [first, setFirst] = useState<CampaignForecast | null>(null);
  const [fault, setFault] = useState("");
  const [nth, setNth] = useState(0);
  const path = `/api/v1/campaigns/${campaign.id}/forecast`;
  useEffect(() => {
    let isGone = false;
    setFault("");
    change<CampaignForecast>("POST", path, {}).then(
      (answer) => !isGone && setFirst(answer),
      (refused: unknown) => !isGone && setFault(messageOf(refused)),
    );
    return () => {
      isGone = true;
    };
  }, [path, nth]);
  return (
    <Sheet title={w.forecast.title} onClose={onClose} wide>
      {first && <Known path={path} first={first} />}
      {!first && fault === "" && <Skeleton rows={6} />}
      {!first && fault !== "" && <Failed message={fault} onRetry={() => setNth(nth + 1)} />}
    </Sheet>
  );
}

function Known({ path, first }: { path: string; first: CampaignForecast }) {
  const [shown, setShown] = useState(first);
  const words = w.forecast;
  const draft = useDraft<Fields>({
    value: fieldsOf(first),
    guards: false,
    rules: {
      answered_percent: AssumptionsBody.answered_percent,
      machine_percent: AssumptionsBody.machine_percent,
      talk_s: AssumptionsBody.talk_s,
      cost_per_minute: { minimum: 0, maximum: ForecastBody.cost_per_minute_micros.maximum / 1_000_000 },
      agents: ForecastBody.agents,
      wrap_up_s: ForecastBody.wrap_up_s,
    },
    send: async (fields) => {
      const answer = await change<CampaignForecast>("POST", path, bodyOf(fields)).catch((fault: unknown) => {
        throw byForecastField(fault);
      });
      if (answer) setShown(answer);
    },
  });
  return (
    <div class="forecast">
      <p>{words.lede}</p>
      <div class="notice">
        <p>{first.own_calls === null ? words.guessed : words.measured(number(first.own_calls))}</p>
      </div>
      <RecordForm draft={draft} label={words.title} verb={words.again}>
        <div class="pair">
          <NumberField draft={draft} name="answered_percent" label={words.answered} unit="%" step={0.1} hint={words.answeredHint} />
          <NumberField draft={draft} name="machine_percent" label={words.machine} unit="%" step={0.1} hint={words.machineHint} />
        </div>
        <div class="pair">
          <NumberField draft={draft} name="talk_s" label={words.talk} unit="s" />
          <NumberField draft={draft} name="cost_per_minute" label={words.costPerMinute} unit={first.currency} step={0.001} />
        </div>
        {first.agents !== null && (
          <div class="pair">
            <NumberField draft={draft} name="agents" label={words.agents} />
            <NumberField draft={draft} name="wrap_up_s" label={words.wrapUp} unit="s" />
          </div>
        )}
      </RecordForm>
      <Figures forecast={shown} />
    </div>
  );
}

function Figures({ forecast }: { forecast: CampaignForecast }) {
  const words = w.forecast;
  const { first_call_at, last_end_at, contacts, waiting, left, calls, outcomes, ends, other_hours } = forecast;
  const reached = ends.find(({ end }) => end === "reached")?.count ?? 0;
  const figures = [
    [w.calls, number(calls)],
    [words.reached, number(reached)],
    [words.hours, number(forecast.calling_hours)],
    [words.lines, number(forecast.lines)],
    [w.cost, spent(forecast.cost_micros, forecast.currency)],
    ...(forecast.agents_busy_percent === null
      ? []
      : [
          [w.outcomes.abandoned, preciseShare(forecast.abandoned_percent, 100)] as const,
          [words.busy, preciseShare(forecast.agents_busy_percent, 100)] as const,
        ]),
  ] as const;
  return (
    <section aria-labelledby="forecast-figures" aria-live="polite">
      <h3 id="forecast-figures">{words.figures}</h3>
      {contacts === 0 ? (
        <p class="muted">{words.nobody}</p>
      ) : (
        <>
          <dl class="campaign-figures small">
            {figures.map(([what, value]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd class="n">{value}</dd>
              </div>
            ))}
          </dl>
          <p class="meta">
            {first_call_at !== null && last_end_at !== null ? (
              <>
                {words.from} <When at={first_call_at} />, {words.until} <When at={last_end_at} />.{" "}
              </>
            ) : (
              `${words.noCall} `
            )}
            {contacts < waiting && `${words.some(number(contacts), number(waiting))} `}
            {left > 0 && words.left(number(left))}
          </p>
          {other_hours !== null && (
            <p class="meta">
              {(other_hours.best_hour ? words.atBestHour : words.byPauses)(number(other_hours.calls), number(other_hours.reached))}
            </p>
          )}
          {calls > 0 && <OutcomeTable outcomes={outcomes} />}
          <p class="meta">{words.caveat}</p>
        </>
      )}
    </section>
  );
}
