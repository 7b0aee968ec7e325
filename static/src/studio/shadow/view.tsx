// The shadow's answers on calls: the calls that it heard, and one of them with both answers side by side.
import { Earlier, Further } from "../../app/further";
import { number } from "../../app/language";
import { useList, useLoaded } from "../../app/load";
import { Failed, Skeleton, When } from "../../app/parts";
import { Icon } from "../../app/icons";
import type { ShadowAnswer, ShadowCall, ShadowCallSummary, ShadowTurn } from "../../api/model";
import { money } from "../../words/call";
import { fullTime } from "../../words/time";
import { useStudio } from "../context";
import { toolName } from "../describe";
import { addressOf } from "../replay/views";
import { w as studio } from "../words";
import { w } from "./words";

const pathOf = (id: string) => `/api/v1/agent-profiles/${id}/shadow/calls`;

/** The calls that a shadow heard. */
export function ShadowCalls() {
  const { id } = useStudio();
  const calls = useList<ShadowCallSummary>(`${pathOf(id)}?limit=25`);
  return (
    <section class="choose-shadow" aria-labelledby="shadow-calls">
      <h2 id="shadow-calls" class="lede">
        {w.calls.title}
      </h2>
      <p class="muted">{w.calls.lede}</p>
      {calls.items === null && calls.fault === "" && <Skeleton rows={6} />}
      {calls.items?.length === 0 && (
        <div class="empty">
          <p>{w.calls.empty}</p>
        </div>
      )}
      <Earlier list={calls} />
      {calls.items !== null && calls.items.length > 0 && (
        <ul class="past-calls" aria-label={w.calls.title}>
          {calls.items.map((call) => (
            <li key={call.id}>
              <div class="who">
                <When at={call.started_at} />
                <span class="meta figure">
                  {w.calls.turns(number(call.turns), call.turns)} · {money(call.cost_micros, call.currency)}
                </span>
              </div>
              <span class="meta">{providers(call)}</span>
              {call.failure !== null && (
                <span class="state missed">
                  <Icon name="warning" />
                  {w.calls.failed}
                </span>
              )}
              <a class="btn small" href={addressOf(id, "shadow", call.id)} aria-label={w.calls.open(fullTime(new Date(call.started_at)))}>
                {w.calls.compare}
              </a>
            </li>
          ))}
        </ul>
      )}
      {calls.fault !== "" && <Failed message={calls.fault} onRetry={() => void calls.again()} />}
      <Further list={calls} quiet />
    </section>
  );
}

/** One call, turn by turn. */
export function ShadowResult({ of }: { of: string }) {
  const { id } = useStudio();
  const found = useLoaded<ShadowCall>(`${pathOf(id)}/${encodeURIComponent(of)}`);
  const call = found.value;
  if (found.fault !== "") return <Failed message={found.fault} onRetry={() => void found.again()} />;
  if (call === null) return <Skeleton rows={8} />;
  const given = nameOf(call.given_by);
  const shadow = nameOf(call.provider);
  return (
    <section class="result" aria-labelledby="shadow-name">
      <div class="top">
        <a class="bare" href={addressOf(id, "shadow")}>
          <Icon name="back" size="small" />
          {w.call.back}
        </a>
        <h2 id="shadow-name">{providers(call)}</h2>
        <div class="push acts">
          <a href={`/calls/${call.call_id}`}>{w.call.of}</a>
        </div>
      </div>
      <p class="meta">
        <When at={call.started_at} /> · {w.call.cost(money(call.cost_micros, call.currency))}
        {call.ended_at === null && ` · ${w.call.listens}`}
      </p>
      {call.failure !== null && (
        <div class="notice bad" role="alert">
          <p dir="auto">{call.failure}</p>
        </div>
      )}
      <dl class="facts outcomes" aria-label={w.call.latency}>
        <div>
          <dt>{w.call.gaveAfter(given)}</dt>
          <dd class="figure">{after(call.given_after_ms)}</dd>
        </div>
        <div>
          <dt>{w.call.unheardAfter(shadow)}</dt>
          <dd class="figure">{after(call.unheard_after_ms)}</dd>
        </div>
      </dl>
      {call.exchanges.length === 0 && <p class="meta">{w.call.nothing}</p>}
      <ol class="replayed" aria-label={w.call.turns}>
        {call.exchanges.map((turn, at) => (
          <li key={at}>
            <Exchange turn={turn} given={given} shadow={shadow} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function Exchange({ turn, given, shadow }: { turn: ShadowTurn; given: string; shadow: string }) {
  const isOther = turn.understood !== "" && turn.understood !== turn.said;
  return (
    <>
      <div class="caller-said">
        <span class="by">
          <span class="who-mark caller" aria-hidden="true" />
          {w.call.caller}
        </span>
        <p dir="auto" class={turn.said === "" ? "muted" : undefined}>
          {turn.said === "" ? w.call.noWords : turn.said}
        </p>
        {isOther && (
          <p class="meta" dir="auto">
            {w.call.understood(shadow, turn.understood)}
          </p>
        )}
      </div>
      <div class="then-now">
        <Answer title={given} answer={turn.given} />
        <Answer title={w.call.unheard(shadow)} answer={turn.unheard} />
      </div>
    </>
  );
}

function Answer({ title, answer }: { title: string; answer: ShadowAnswer }) {
  return (
    <div class="answer">
      <p class="by">
        <span class="who-mark ada" aria-hidden="true" />
        {title}
        {answer.after_ms != null && <span class="chip figure">{after(answer.after_ms)}</span>}
      </p>
      <p dir="auto" class={answer.text === "" ? "muted" : undefined}>
        {answer.text === "" ? w.call.silent : answer.text}
      </p>
      {answer.tools.map((tool, at) => (
        <details key={at} class="tool-asked">
          <summary>
            <Icon name="tool" size="small" />
            <span>{toolName(tool.name)}</span>
          </summary>
          <p class="mono" dir="auto">
            {tool.arguments === null ? w.call.tooLong : JSON.stringify(tool.arguments)}
          </p>
        </details>
      ))}
    </div>
  );
}

const nameOf = (provider: string) => (studio.chain.names as Record<string, string | undefined>)[provider] ?? w.call.builtin;

const providers = (call: Pick<ShadowCallSummary, "given_by" | "provider">) => w.calls.pair(nameOf(call.given_by), nameOf(call.provider));

const after = (ms: number | null) => (ms === null ? w.call.never : studio.ms(number(ms)));
