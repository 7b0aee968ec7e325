// The caller IDs of a campaign: how often each was used today, how many people answered, and which are resting.
import type { CallerId, Campaign, Page } from "../api/model";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Skeleton, When } from "../app/parts";
import { preciseShare } from "./parts";
import { useSeldom } from "./seldom";
import { w } from "./words";

/** The panel. `open`: calls of the campaign in progress. */
export function CallerIds({ campaign, open }: { campaign: Campaign; open: number }) {
  const { value, fault, again, renew } = useLoaded<Page<CallerId>>(`/api/v1/campaigns/${campaign.id}/caller-ids`, ["campaign"]);
  useSeldom(campaign, open, renew);
  const words = w.callerIds;
  return (
    <section class="panel" aria-labelledby="caller-ids">
      <h2 id="caller-ids" class="top">
        {words.title}
      </h2>
      {!value && (fault === "" ? <Skeleton rows={2} /> : <Failed message={fault} onRetry={() => void again()} />)}
      {value && (
        <table class="table stacks">
          <caption class="hidden">{words.title}</caption>
          <thead>
            <tr>
              <th scope="col">{w.number}</th>
              <th scope="col" class="num">
                {words.today}
              </th>
              <th scope="col" class="num">
                {words.answered}
              </th>
              <th scope="col">{words.rests}</th>
            </tr>
          </thead>
          <tbody>
            {value.items.map((one) => (
              <tr key={one.number}>
                <th scope="row" class="n">
                  <bdi>{one.number}</bdi>
                </th>
                <td data-label={words.today} class="num">
                  {number(one.calls_today)}
                </td>
                <td data-label={words.answered} class="num">
                  {one.rang === 0 ? "–" : preciseShare(one.answered, one.rang)}
                </td>
                <td data-label={words.rests}>
                  {one.rests_until !== null && one.rests_because !== null ? (
                    <>
                      <When at={one.rests_until} />: {words.because[one.rests_because]}
                    </>
                  ) : (
                    "–"
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
