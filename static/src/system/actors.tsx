// The actors of the node: which actor started which, and the state of each.
import type { Actors, CallNode } from "../api/model";
import { number, plural } from "../app/language";
import { When } from "../app/parts";
import { asWords, lineWords, providerName, stateWords } from "../words/call";
import { w } from "./words";

/** The tree: the registry, its calls, and their legs. */
export function ActorTree({ node }: { node: Actors }) {
  const { registry, calls } = node;
  return (
    <section class="tree panel" aria-labelledby="actors">
      <div class="top">
        <h2 id="actors">{w.actors}</h2>
        <p class="meta">
          {number(calls.length)} {plural(calls.length, w.call)}
        </p>
      </div>
      <div class="body">
        <ul aria-label={w.actors}>
          <li>
            <p class="actor">
              <strong>{w.registry}</strong>
              <Restarts count={registry.restarts} />
              <span class="meta figure">{w.inMailbox(number(registry.mailbox))}</span>
              <span class="meta">
                {w.since} <When at={registry.since} />
              </span>
            </p>
            {calls.length > 0 && (
              <ul>
                {calls.map((call) => (
                  <CallActor key={call.call_id} call={call} />
                ))}
              </ul>
            )}
          </li>
        </ul>
        {calls.length === 0 && <p class="muted">{w.nobody}</p>}
      </div>
    </section>
  );
}

function CallActor({ call }: { call: CallNode }) {
  return (
    <li>
      <p class="actor">
        <a href={`/calls/${call.call_id}`}>{w.callOf(call.call_id.slice(-8))}</a>
        <span>{stateWords[call.state]}</span>
        <Restarts count={call.restarts} />
        <span class="meta figure">{w.inMailbox(number(call.mailbox))}</span>
        <span class="meta figure">
          {number(call.steps)} {plural(call.steps, w.step)}
        </span>
        {call.last_step && (
          <span class="meta">
            {w.last(asWords(call.last_step.kind).toLowerCase())} <When at={call.last_step.at} />
          </span>
        )}
        <span class="meta figure">{w.arbiter(String(call.arbiter))}</span>
      </p>
      <ul>
        {call.legs.map((leg) => (
          <li key={leg.leg}>
            <p class="actor">
              {w.leg(String(leg.leg))} <span>{lineWords[leg.kind as keyof typeof lineWords] ?? asWords(leg.kind)}</span>
              <Restarts count={leg.restarts} />
            </p>
          </li>
        ))}
        {call.controls.map((control) => (
          <li key={`control ${control}`}>
            <p class="actor">
              {w.control(String(control))} <span>{w.eventSocket}</span>
            </p>
          </li>
        ))}
        {call.assistant && (
          <li>
            <p class="actor">
              {w.leg(String(call.assistant.leg))} <span>{w.assistant(providerName(call.assistant.provider))}</span>
            </p>
          </li>
        )}
      </ul>
    </li>
  );
}

function Restarts({ count }: { count: number }) {
  const words = `${number(count)} ${plural(count, w.restart)}`;
  return <span class={count > 0 ? "restarted figure" : "meta figure"}>{words}</span>;
}
