// The known facts about a call, as a list of names and values.
import type { ComponentChildren } from "preact";
import { may } from "../api/me";
import type { Call } from "../api/model";
import { serverNow } from "../app/now";
import { StateBadge, When } from "../app/parts";
import { asWords, causeInWords, duration, lineWords, money, providerName } from "../words/call";
import { length, shortLength } from "../words/time";
import type { Story } from "./fold";
import { median } from "./stub";
import { w } from "./words";

/** The facts. */
export function Facts({ call, story }: { call: Call; story: Story }) {
  const ms = duration(call, call.ended_at ? 0 : serverNow.value);
  return (
    <section class="panel" aria-labelledby="facts">
      <div class="top">
        <h2 id="facts">{w.facts.title}</h2>
      </div>
      <dl class="facts">
        <Fact name={w.facts.state}>
          {call.state === "ended" ? w.facts.ended : <StateBadge call={call} />}
        </Fact>
        {call.state === "ended" && (
          <Fact name={w.facts.ending}>
            {causeInWords(call)} {may("calls_control") && <code>{call.hangup_cause ?? ""}</code>}
          </Fact>
        )}
        <Fact name={w.facts.from}>{call.from ?? w.unknown}</Fact>
        <Fact name={w.facts.dialled}>{call.to ?? w.unknown}</Fact>
        <Fact name={w.facts.started}>
          <When at={call.started_at} />
        </Fact>
        <Fact name={w.facts.length}>
          <span class="figure">{ms === null ? w.facts.notAnswered : length(ms)}</span>
        </Fact>
        <Fact name={w.facts.assistant}>{providerName(call.provider)}</Fact>
        <Fact name={w.facts.cost}>
          <span class="figure">{money(call.cost_micros, call.currency)}</span>
          {call.judge_micros ? ` ${w.facts.ofJudge(money(call.judge_micros, call.currency))}` : ""}
        </Fact>
        <Fact name={w.facts.answers}>
          <span class="figure">{story.waits.length === 0 ? "–" : w.facts.after(shortLength(median(story.waits)))}</span>
        </Fact>
        <Fact name={w.facts.bargeIns}>
          <span class="figure">{story.bargeIns}</span>
        </Fact>
        <Fact name={w.facts.line}>{call.leg_kind ? lineWords[call.leg_kind] : w.facts.noLine}</Fact>
        {call.outside_ids.map(({ kind, value }) => (
          <Fact key={value} name={w.facts.outsideId(asWords(kind))}>
            <code>{value}</code>
          </Fact>
        ))}
        <Fact name={w.facts.id}>
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
