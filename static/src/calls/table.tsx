// Calls as rows; past ones are grouped by day. On a phone the secondary columns go below the first two.
import type { Call } from "../api/model";
import { serverNow } from "../app/now";
import { StateBadge, When } from "../app/parts";
import { callerName, duration, money, providerName } from "../words/call";
import { length } from "../words/time";
import { chosen, type Column, columnName } from "./views/columns";
import { w } from "./words";

/** The calls of a day. */
export interface Group {
  name: string;
  count: string;
  calls: Call[];
}

/** The CSS class of each column: wide columns are hidden first in a narrow window. */
const CLASSES: Record<Column, string> = {
  dialled: "dialled middle",
  state: "stands",
  assistant: "wide",
  agents: "wide",
  tags: "wide",
  length: "number short middle",
  cost: "number short wide",
  started: "number moment middle",
};

/** A table of calls, named `name`, with times in `zone`; if `groups` is given, the same calls in groups. */
export function CallTable(props: { name: string; calls: Call[]; zone: string; fresh: ReadonlySet<string>; groups: Group[] | null }) {
  const { name, calls, zone, fresh, groups } = props;
  const columns = chosen.value;
  const rows = (those: Call[]) => those.map((call) => <Row key={call.id} call={call} zone={zone} columns={columns} isFresh={fresh.has(call.id)} />);
  return (
    <table aria-label={name}>
      <thead>
        <tr>
          <th scope="col" class="who">
            {w.column.caller}
          </th>
          {columns.map((column) => (
            <th key={column} scope="col" class={CLASSES[column]}>
              {columnName(column)}
            </th>
          ))}
        </tr>
      </thead>
      {groups === null ? (
        <tbody>{rows(calls)}</tbody>
      ) : (
        groups.map((group) => (
          <tbody key={group.calls[0]?.id}>
            <DayRow group={group} columns={columns} />
            {rows(group.calls)}
          </tbody>
        ))
      )}
    </table>
  );
}

/** The head of a day. What is below a column hides together with it. */
function DayRow({ group, columns }: { group: Group; columns: readonly Column[] }) {
  const count = (part: string) => columns.filter((column) => CLASSES[column].split(" ").includes(part)).length;
  const [middle, wide] = [count("middle"), count("wide")];
  return (
    <tr class="day">
      <th scope="rowgroup" colSpan={columns.length + 1 - middle - wide}>
        <span class="day-name">{group.name}</span> <span class="meta">{group.count}</span>
      </th>
      {middle > 0 && <td class="middle" colSpan={middle} />}
      {wide > 0 && <td class="wide" colSpan={wide} />}
    </tr>
  );
}

function Row(props: { call: Call; zone: string; columns: readonly Column[]; isFresh: boolean }) {
  const { call, zone, columns, isFresh } = props;
  const isOurs = call.direction === "outbound";
  return (
    <tr class={isFresh ? "fresh" : undefined}>
      <td class="who">
        <a href={`/calls/${call.id}`}>{isOurs ? w.to(callerName(call)) : callerName(call)}</a>
        <span class="narrow meta">{!isOurs && call.to ? w.dialled(call.to) : ""}</span>
        {!columns.includes("tags") && (call.tags ?? []).length > 0 && <Tags call={call} />}
      </td>
      {columns.map((column) => (
        <td key={column} class={column === "state" ? undefined : `${CLASSES[column]}${column === "length" || column === "cost" ? " figure" : ""}`}>
          <Cell column={column} call={call} zone={zone} />
        </td>
      ))}
    </tr>
  );
}

function Cell({ column, call, zone }: { column: Column; call: Call; zone: string }) {
  switch (column) {
    case "dialled":
      return <>{call.to ?? "–"}</>;
    case "state":
      return (
        <>
          <StateBadge call={call} />
          <span class="narrow meta figure">
            <When at={call.started_at} zone={zone} />, <Length call={call} />
          </span>
        </>
      );
    case "assistant":
      return <>{providerName(call.provider)}</>;
    case "agents":
      return <>{call.agents.flatMap(({ name }) => name ?? []).join(", ") || "–"}</>;
    case "tags":
      return <Tags call={call} />;
    case "length":
      return <Length call={call} />;
    case "cost":
      return <>{money(call.cost_micros, call.currency)}</>;
    case "started":
      return <When at={call.started_at} zone={zone} />;
  }
}

function Tags({ call }: { call: Call }) {
  return (
    <span class="row-tags">
      {(call.tags ?? []).map((tag) => (
        <span key={tag} class="row-tag" dir="auto">
          {tag}
        </span>
      ))}
    </span>
  );
}

/** Its duration; that of a live call ticks. */
function Length({ call }: { call: Call }) {
  const ms = duration(call, call.ended_at ? 0 : serverNow.value);
  return <>{ms === null ? "–" : length(ms)}</>;
}
