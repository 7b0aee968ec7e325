// The outcomes of a campaign's calls: a row for each outcome with its share and its cost, the same by disposition, the hours at which people answer,
// and the cost of a contact who was reached.
import type { CampaignOutcomes, CampaignProgress } from "../api/model";
import { locale, number } from "../app/language";
import { timeIn } from "../business/hours";
import { money } from "../words/call";
import { share, spent } from "./parts";
import { w } from "./words";

/** The column heads of a row's name, its calls and their share. */
function ShareHeads({ of }: { of: string }) {
  return (
    <>
      <th scope="col">{of}</th>
      <th scope="col" class="num">
        {w.calls}
      </th>
      <th scope="col" class="num">
        {w.share}
      </th>
      <th scope="col" class="share-bar">
        <span class="hidden">{w.bar}</span>
      </th>
    </>
  );
}

/** The calls of a row, and their share of all calls. */
function ShareCells({ count, calls }: { count: number; calls: number }) {
  return (
    <>
      <td class="num">{number(count)}</td>
      <td class="num">{share(count, calls)}</td>
      <td class="share-bar">
        <meter class="meter" min={0} max={calls} value={count} aria-label={share(count, calls)} />
      </td>
    </>
  );
}

/** Calls by outcome. `costs`: null until they are known; they are updated less often than the counts. */
export function OutcomeTable({ outcomes, costs }: { outcomes: CampaignProgress["outcomes"]; costs?: CampaignOutcomes | null }) {
  const calls = outcomes.reduce((sum, { count }) => sum + count, 0);
  const costOf = (outcome: string) => costs?.outcomes.find((one) => one.outcome === outcome);
  return (
    <table class="table campaign-outcomes">
      <caption class="hidden">{w.outcomesTitle}</caption>
      <thead>
        <tr>
          <ShareHeads of={w.outcome} />
          {costs && (
            <>
              <th scope="col" class="num">
                {w.cost}
              </th>
              <th scope="col" class="num">
                {w.costPerCall}
              </th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {outcomes
          .filter(({ count }) => count > 0)
          .map(({ outcome, count }) => {
            const cost = costOf(outcome);
            return (
              <tr key={outcome}>
                <th scope="row">{w.outcomes[outcome]}</th>
                <ShareCells count={count} calls={calls} />
                {costs && (
                  <>
                    <td class="num">{cost && cost.kept > 0 ? spent(cost.cost_micros, costs.currency) : "–"}</td>
                    <td class="num">{cost?.cost_per_call_micros == null ? "–" : money(cost.cost_per_call_micros, costs.currency)}</td>
                  </>
                )}
              </tr>
            );
          })}
      </tbody>
    </table>
  );
}

/** How calls ended for the business, if the assistant or an agent recorded it. */
export function Dispositions({ dispositions }: { dispositions: CampaignOutcomes["dispositions"] }) {
  const calls = dispositions.reduce((sum, { count }) => sum + count, 0);
  if (calls === 0) return null;
  return (
    <table class="table campaign-outcomes">
      <caption class="hidden">{w.dispositionsTitle}</caption>
      <thead>
        <tr>
          <ShareHeads of={w.disposition} />
          <th scope="col" class="num">
            {w.byAssistant}
          </th>
        </tr>
      </thead>
      <tbody>
        {dispositions.map(({ id, name, count, by_assistant }) => (
          <tr key={id}>
            <th scope="row" dir="auto">
              {name ?? w.removedDisposition}
            </th>
            <ShareCells count={count} calls={calls} />
            <td class="num">{number(by_assistant)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const lifts = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** The hours of the callee's day at which people answer. */
export function Hours({ hours }: { hours: CampaignOutcomes["hours"] }) {
  if (hours.length === 0) return null;
  const nameOf = (hour: number, weekend: boolean) => {
    const name = timeIn(hour * 60);
    return weekend ? w.hourly.weekend(name) : name;
  };
  return (
    <>
      <table class="table campaign-outcomes">
        <caption class="hidden">{w.hourly.title}</caption>
        <thead>
          <tr>
            <th scope="col">{w.hourly.hour}</th>
            <th scope="col" class="num">
              {w.hourly.rang}
            </th>
            <th scope="col" class="num">
              {w.hourly.answered}
            </th>
            <th scope="col" class="share-bar">
              <span class="hidden">{w.bar}</span>
            </th>
            <th scope="col" class="num">
              {w.hourly.lift}
            </th>
          </tr>
        </thead>
        <tbody>
          {hours.map(({ hour, weekend, rang, answered, lift }) => (
            <tr key={nameOf(hour, weekend)}>
              <th scope="row">{nameOf(hour, weekend)}</th>
              <td class="num">{number(rang)}</td>
              <td class="num">{share(answered, rang)}</td>
              <td class="share-bar">
                <meter class="meter" min={0} max={rang} value={answered} aria-label={share(answered, rang)} />
              </td>
              <td class="num">{w.hourly.times(lifts.format(lift))}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="meta">{w.hourly.hint}</p>
    </>
  );
}

/** The verdicts of each mailbox detector, and how often the call showed otherwise. */
export function Detection({ detection }: { detection: CampaignOutcomes["detection"] }) {
  const told = (count: number, wrong: number) => (count === 0 ? number(0) : w.detectedWrong(number(count), number(wrong)));
  return (
    <>
      {detection.map(({ by, people, people_wrong, machines, machines_wrong, unknown }) => (
        <p key={by} class="meta">
          {w.detectedBy[by](w.detected(told(people, people_wrong), told(machines, machines_wrong), number(unknown)))}
        </p>
      ))}
    </>
  );
}

/** The cost of all calls, of each contact who was reached, and of each call that reached the goal. */
export function Costs({ costs }: { costs: CampaignOutcomes }) {
  const of = (micros: number | null) => (micros === null ? "–" : spent(micros, costs.currency));
  const kept = costs.outcomes.reduce((sum, one) => sum + one.kept, 0);
  const figures = [
    [w.costAll, spent(costs.cost_micros, costs.currency)],
    [w.costPerTalked, of(costs.cost_per_contact_talked_micros)],
    [w.costPerReached, of(costs.cost_per_reached_micros)],
    [w.reached, number(costs.reached)],
  ] as const;
  return (
    <>
      <dl class="campaign-figures small">
        {figures.map(([what, value]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd class="n">{value}</dd>
          </div>
        ))}
      </dl>
      {kept < costs.calls && <p class="meta">{w.costKept(number(kept), number(costs.calls))}</p>}
    </>
  );
}
