// What is known of a call, as a list of names and values.
import type { ComponentChildren } from "preact";
import { may } from "../api/me";
import type { Call } from "../api/model";
import { now } from "../app/now";
import { StateBadge, When } from "../app/parts";
import { asWords, causeInWords, duration, lineWords, money, providerName } from "../words/call";
import { length, shortLength } from "../words/time";
import type { Story } from "./fold";
import { median } from "./stub";

/** The facts. */
export function Facts({ call, story }: { call: Call; story: Story }) {
  const ms = duration(call, call.ended_at ? 0 : now.value);
  return (
    <section class="panel" aria-labelledby="facts">
      <div class="top">
        <h2 id="facts">Facts</h2>
      </div>
      <dl class="facts">
        <Fact name="State">
          {call.state === "ended" ? "Ended" : <StateBadge call={call} />}
        </Fact>
        {call.state === "ended" && (
          <Fact name="Ending">
            {causeInWords(call)} {may("calls_control") && <code>{call.hangup_cause ?? ""}</code>}
          </Fact>
        )}
        <Fact name="From">{call.from ?? "Unknown"}</Fact>
        <Fact name="Dialled">{call.to ?? "Unknown"}</Fact>
        <Fact name="Started">
          <When at={call.started_at} />
        </Fact>
        <Fact name="Length">
          <span class="figure">{ms === null ? "Not answered" : length(ms)}</span>
        </Fact>
        <Fact name="Assistant">{providerName(call.provider)}</Fact>
        <Fact name="Cost">
          <span class="figure">{money(call.cost_micros, call.currency)}</span>
        </Fact>
        <Fact name="Answers">
          <span class="figure">{story.waits.length === 0 ? "–" : `after ${shortLength(median(story.waits))}`}</span>
        </Fact>
        <Fact name="Barge-ins">
          <span class="figure">{story.bargeIns}</span>
        </Fact>
        <Fact name="Line">{call.leg_kind ? lineWords[call.leg_kind] : "None yet"}</Fact>
        {call.outside_ids.map(({ kind, value }) => (
          <Fact key={value} name={`${asWords(kind)} id`}>
            <code>{value}</code>
          </Fact>
        ))}
        <Fact name="Id">
          <code>{call.id}</code>
        </Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
