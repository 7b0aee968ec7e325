// The actors of the node: who started whom, and how each is doing.
import type { Actors, CallNode } from "../api/model";
import { When } from "../app/parts";
import { asWords, providerName } from "../words/call";

/** The tree: the registry, its calls, and their legs. */
export function ActorTree({ node }: { node: Actors }) {
  const { registry, calls } = node;
  return (
    <section class="tree sheet" aria-labelledby="actors">
      <div class="head">
        <h2 id="actors">Actors</h2>
        <p class="meta">
          {calls.length} {calls.length === 1 ? "call" : "calls"}
        </p>
      </div>
      <div class="body">
        <ul aria-label="Actors">
          <li>
            <p class="actor">
              <strong>Registry</strong>
              <Restarts count={registry.restarts} />
              <span class="meta figure">{registry.mailbox} in its mailbox</span>
              <span class="meta">
                since <When at={registry.since} />
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
        {calls.length === 0 && <p class="muted">No call has an actor: nobody is on the line.</p>}
      </div>
    </section>
  );
}

function CallActor({ call }: { call: CallNode }) {
  return (
    <li>
      <p class="actor">
        <a href={`/calls/${call.call_id}`}>Call {call.call_id.slice(-8)}</a>
        <span>{asWords(call.state)}</span>
        <Restarts count={call.restarts} />
        <span class="meta figure">{call.mailbox} in its mailbox</span>
        <span class="meta figure">
          {call.steps} {call.steps === 1 ? "step" : "steps"}
        </span>
        {call.last_step && (
          <span class="meta">
            last: {asWords(call.last_step.kind).toLowerCase()}, <When at={call.last_step.at} />
          </span>
        )}
        <span class="meta figure">arbiter {call.arbiter}</span>
      </p>
      <ul>
        {call.legs.map((leg) => (
          <li key={leg.leg}>
            <p class="actor">
              Leg {leg.leg} <span>{asWords(leg.kind)}</span>
              <Restarts count={leg.restarts} />
            </p>
          </li>
        ))}
        {call.controls.map((control) => (
          <li key={`control ${control}`}>
            <p class="actor">
              Control {control} <span>Event socket</span>
            </p>
          </li>
        ))}
        {call.assistant && (
          <li>
            <p class="actor">
              Leg {call.assistant.leg} <span>Assistant: {providerName(call.assistant.provider)}</span>
            </p>
          </li>
        )}
      </ul>
    </li>
  );
}

function Restarts({ count }: { count: number }) {
  const words = `${count} ${count === 1 ? "restart" : "restarts"}`;
  return <span class={count > 0 ? "restarted figure" : "meta figure"}>{words}</span>;
}
