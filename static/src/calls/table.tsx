// Calls as rows. On a phone the secondary columns go below the first two.
import type { Call } from "../api/model";
import { now } from "../app/now";
import { StateBadge, When } from "../app/parts";
import { callerName, duration, money, providerName } from "../words/call";
import { length } from "../words/time";
import { w } from "./words";

/** A table of calls, called `name`. */
export function CallTable({ name, calls, fresh }: { name: string; calls: Call[]; fresh: ReadonlySet<string> }) {
  return (
    <table aria-label={name}>
      <thead>
        <tr>
          <th scope="col" class="who">
            {w.column.caller}
          </th>
          <th scope="col" class="dialled middle">
            {w.column.dialled}
          </th>
          <th scope="col" class="stands">
            {w.column.state}
          </th>
          <th scope="col" class="wide">
            {w.column.assistant}
          </th>
          <th scope="col" class="number middle">
            {w.column.length}
          </th>
          <th scope="col" class="number wide">
            {w.column.cost}
          </th>
          <th scope="col" class="number middle">
            {w.column.started}
          </th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <Row key={call.id} call={call} isFresh={fresh.has(call.id)} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ call, isFresh }: { call: Call; isFresh: boolean }) {
  const isOurs = call.direction === "outbound";
  return (
    <tr class={isFresh ? "fresh" : undefined}>
      <td class="who">
        <a href={`/calls/${call.id}`}>{isOurs ? w.to(callerName(call)) : callerName(call)}</a>
        <span class="narrow meta">{!isOurs && call.to ? w.dialled(call.to) : ""}</span>
      </td>
      <td class="middle">{call.to ?? "–"}</td>
      <td>
        <StateBadge call={call} />
        <span class="narrow meta figure">
          <When at={call.started_at} />, <Length call={call} />
        </span>
      </td>
      <td class="wide">{providerName(call.provider)}</td>
      <td class="number middle figure">
        <Length call={call} />
      </td>
      <td class="number wide figure">{money(call.cost_micros, call.currency)}</td>
      <td class="number middle">
        <When at={call.started_at} />
      </td>
    </tr>
  );
}

/** How long it lasted; a live one's ticks. */
function Length({ call }: { call: Call }) {
  const ms = duration(call, call.ended_at ? 0 : now.value);
  return <>{ms === null ? "–" : length(ms)}</>;
}
