// The quality of the calls in a range of days, and which calls need a review: a section of the reports.
import type { Page, Profile } from "../api/model";
import { may } from "../api/me";
import type { components } from "../api/types";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { shortTime } from "../words/time";
import { w } from "./words";

type Quality = components["schemas"]["QualityView"];

/** The section. Days as 2026-11-26. */
export function QualityReport({ from, to }: { from: string; to: string }) {
  const quality = useLoaded<Quality>(`/api/v1/quality?from=${from}&to=${to}`, ["score", "scorecard"]);
  const profiles = useLoaded<Page<Profile>>(may("profiles_read") ? "/api/v1/agent-profiles?limit=200" : null);
  const { value } = quality;
  const nameOf = (id: string) => profiles.value?.items.find((profile) => profile.id === id)?.name ?? id.slice(0, 8);
  return (
    <section class="panel quality" aria-labelledby="quality-title">
      <div class="top">
        <h2 id="quality-title">{w.report}</h2>
        <span class="meta">{w.reportText}</span>
      </div>
      {quality.fault !== "" && <Failed message={quality.fault} onRetry={() => void quality.again()} />}
      {!value && quality.fault === "" && <Skeleton rows={3} />}
      {value && (
        <>
          {value.assistants.length === 0 && value.agents.length === 0 && <p class="soft">{w.noScores}</p>}
          <Averages name={w.assistants} rows={value.assistants.map((one) => ({ ...one, key: one.profile_id, name: nameOf(one.profile_id) }))} />
          <Averages name={w.agents} rows={value.agents.map((one) => ({ ...one, key: one.user_id, name: one.name ?? w.former }))} />
          <h3>{w.picks}</h3>
          {value.picks.length === 0 ? (
            <p class="soft">{w.picksNone}</p>
          ) : (
            <ul class="rows" aria-label={w.picks}>
              {value.picks.map(({ call_id, reasons }) => (
                <li key={call_id}>
                  <a href={`/calls/${call_id}`}>{w.look(begunAt(call_id))}</a>{" "}
                  <span class="meta">{reasons.map((reason) => w.reasons[reason]).join(", ")}</span>
                </li>
              ))}
            </ul>
          )}
        </>
      )}
    </section>
  );
}

/** When a call began, taken from its id: a UUID of version 7 begins with the milliseconds. */
function begunAt(callId: string): string {
  return shortTime(new Date(Number.parseInt(callId.replaceAll("-", "").slice(0, 12), 16)), new Date());
}

function Averages({ name, rows }: { name: string; rows: { key: string; name: string; calls: number; percent: number }[] }) {
  if (rows.length === 0) return null;
  return (
    <table class="table" aria-label={name}>
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col" class="num">
            {w.calls("", 2).trim()}
          </th>
          <th scope="col" class="num">
            {w.report}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row">{row.name}</th>
            <td class="num">{number(row.calls)}</td>
            <td class="num">{w.percent(number(row.percent))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
