// Limits against their use, and failures by cause.
import { number } from "../app/language";
import type { Actors, Switch } from "../api/model";
import { asWords } from "../words/call";
import { w } from "./words";

/** The share of a limit from which its bar warns. */
const NEARLY_FULL = 0.9;

/** The node in four figures. */
export function NodeFigures({ node, switches }: { node: Actors; switches: Switch[] }) {
  const { registry, calls, limits, failures } = node;
  const max = limits.find(({ name }) => name === "calls")?.max;
  const restarts = calls.reduce((sum, call) => sum + call.restarts + call.legs.reduce((all, leg) => all + leg.restarts, 0), registry.restarts);
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  const reached = switches.filter(({ is_connected }) => is_connected).length;
  return (
    <dl class="node-figures">
      <Figure name={w.figures.calls} value={calls.length} more={max === undefined ? "" : w.figures.ofMax(number(max))} />
      <Figure name={w.figures.failures} value={failed} isBad={failed > 0} />
      <Figure name={w.figures.restarts} value={restarts} isBad={restarts > 0} />
      {switches.length > 0 && (
        <Figure
          name={w.figures.switches}
          value={reached}
          more={w.figures.ofMax(number(switches.length))}
          isBad={reached < switches.length}
        />
      )}
    </dl>
  );
}

function Figure({ name, value, more = "", isBad = false }: { name: string; value: number; more?: string; isBad?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <span class={isBad ? "bad" : undefined}>{number(value)}</span>
        {more !== "" && <span class="meta">{more}</span>}
      </dd>
    </div>
  );
}

/** A limit's number for people: money in whole units of its currency. */
const inUnits = (name: string, value: number) => number(name === "daily_cost_micros" ? value / 1_000_000 : value);

/** A bar for each limit, with its numbers as text. */
export function Limits({ limits }: { limits: Actors["limits"] }) {
  const areMany = limits.filter(({ organization }) => organization !== null).length > 1;
  return (
    <section class="panel" aria-labelledby="limits">
      <div class="top">
        <h2 id="limits">{w.limits}</h2>
      </div>
      <div class="body">
        {limits.map(({ name, organization, used, max }) => {
          const isNearlyFull = max > 0 && used / max >= NEARLY_FULL;
          const id = organization === null ? `limit-${name}` : `limit-${name}-${organization.id}`;
          const kind = w.kinds[name] ?? asWords(name);
          return (
            <div key={id} class={isNearlyFull ? "limit full" : "limit"}>
              <p>
                <span id={id}>{organization !== null && areMany ? `${kind}: ${organization.name}` : kind}</span>
                <span class="figure">
                  {isNearlyFull && <strong>{w.nearlyFull} </strong>}
                  {w.of(inUnits(name, used), inUnits(name, max))}
                </span>
              </p>
              <progress aria-labelledby={id} value={used} max={Math.max(1, max)} />
            </div>
          );
        })}
        {limits.length === 0 && <p class="muted">{w.noLimits}</p>}
      </div>
    </section>
  );
}

/** Rows that can't be read, if any. */
export function Unreadable({ rows }: { rows: Actors["unreadable"] }) {
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="unreadable">
      <div class="top">
        <h2 id="unreadable">{w.unreadable}</h2>
      </div>
      <div class="body">
        <p>{w.unreadableHelp}</p>
      </div>
      <table class="table" aria-labelledby="unreadable">
        <thead>
          <tr>
            <th scope="col">{w.organization}</th>
            <th scope="col">{w.fault}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ work, organization, fault }) => (
            <tr key={`${work} ${organization}`}>
              <td>{organization}</td>
              <td>{fault}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Failures since the start. */
export function Failures({ failures }: { failures: Actors["failures"] }) {
  return (
    <section class="panel" aria-labelledby="failures">
      <div class="top">
        <h2 id="failures">{w.failures}</h2>
      </div>
      {failures.length === 0 ? (
        <div class="body">
          <p class="muted">{w.none}</p>
        </div>
      ) : (
        <table class="table" aria-labelledby="failures">
          <thead>
            <tr>
              <th scope="col">{w.cause}</th>
              <th scope="col" class="num">{w.times}</th>
            </tr>
          </thead>
          <tbody>
            {failures.map(({ cause, count }) => (
              <tr key={cause}>
                <td>{asWords(cause)}</td>
                <td class="num">{number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
