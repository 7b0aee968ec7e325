// The shadow: which voice hears a share of the calls without being heard, and what that may cost. The cost is shown before anything is chosen.
import { useId } from "preact/hooks";
import { may } from "../../api/me";
import type { ShadowCosts, VoiceHealth } from "../../api/model";
import { number } from "../../app/language";
import { useLoaded } from "../../app/load";
import { money } from "../../words/call";
import { Field } from "../chain-rules";
import { microsFrom, microsWritten } from "../chain-check";
import { useMember, useStudio } from "../context";
import { HostedAgentOf } from "../hosted-agent";
import { Fault, Folded } from "../parts";
import { addressOf } from "../replay/views";
import { nameOf, PROVIDERS } from "../voices";
import { w as studio } from "../words";
import { faultsOfShadow, type Shadow } from "./check";
import { w } from "./words";

const MS_PER_MINUTE = 60_000;

/** A new shadow. */
const fresh = (provider: Shadow["provider"]): Shadow => ({
  provider,
  voice: null,
  agent_id: null,
  overrides: false,
  share_percent: 10,
  month_cost_max_micros: 5_000_000,
});

export function ShadowForm() {
  const { id } = useStudio();
  const { value, isChanged, fault, set, off } = useMember("shadow");
  const costs = useLoaded<ShadowCosts>(may("calls_read") ? `/api/v1/agent-profiles/${id}/shadow` : null);
  const health = useLoaded<{ items: VoiceHealth[] }>(may("integrations_read") ? "/api/v1/voices/health" : null);
  const faults = faultsOfShadow(value);
  const fieldId = useId();
  const name = value === null ? "" : nameOf(value.provider);
  const isAtField = faults.share !== undefined || faults.cost !== undefined;
  return (
    <Folded title={w.form.title} isChanged={isChanged} sum={value === null ? w.form.none : w.form.sum(name, number(value.share_percent))}>
      <p class="meta">{w.form.hint}</p>
      {costs.value !== null && <p class="meta">{w.form.talk(number(costs.value.calls), costs.value.calls, minutesOf(costs.value))}</p>}
      <label class="field">
        <span>{w.form.who}</span>
        <select
          disabled={off}
          value={value?.provider ?? ""}
          aria-describedby={`${fieldId}-fault`}
          onChange={({ currentTarget }) => {
            const chosen = PROVIDERS.find((provider) => provider === currentTarget.value);
            if (!chosen) set(null);
            else set(value === null ? fresh(chosen) : { ...value, provider: chosen, voice: null, agent_id: null, overrides: false });
          }}
        >
          <option value="">{w.form.none}</option>
          {PROVIDERS.map((provider) => (
            <option key={provider} value={provider}>
              {nameOf(provider)}
            </option>
          ))}
        </select>
      </label>
      <Fault id={`${fieldId}-fault`}>{isAtField ? "" : fault}</Fault>
      {value !== null && (
        <>
          <input
            aria-label={studio.chain.voiceOf(name)}
            aria-describedby={`${fieldId}-fault`}
            placeholder={studio.chain.voiceUsual}
            maxLength={79}
            autocomplete="off"
            disabled={off}
            value={value.voice ?? ""}
            onInput={({ currentTarget }) => set({ ...value, voice: currentTarget.value.trim() || null })}
          />
          {value.provider === "elevenlabs" && (
            <HostedAgentOf
              link={{ ...value, when: null, call_cost_max_micros: null }}
              name={name}
              faultId={`${fieldId}-fault`}
              off={off}
              onChange={({ agent_id, overrides }) =>
                set({ ...value, ...(agent_id === undefined ? {} : { agent_id }), ...(overrides === undefined ? {} : { overrides }) })
              }
            />
          )}
          <Field
            label={w.form.share}
            fault={faults.share}
            off={off}
            shown={Number.isInteger(value.share_percent) ? String(value.share_percent) : ""}
            isAmount
            onChange={(text) => set({ ...value, share_percent: wholeFrom(text) })}
          />
          <Field
            label={w.form.cap(costs.value?.currency ?? "")}
            hint={w.form.capHint}
            fault={faults.cost}
            off={off}
            shown={microsWritten(value.month_cost_max_micros)}
            isAmount
            onChange={(text) => set({ ...value, month_cost_max_micros: microsFrom(text) ?? 0 })}
          />
          {costs.value !== null && (
            <Estimate shadow={value} name={name} costs={costs.value} health={health.value?.items.find(({ provider }) => provider === value.provider)} />
          )}
          {may("calls_read") && (
            <a class="btn small" href={addressOf(id, "shadow")}>
              {w.form.look}
            </a>
          )}
        </>
      )}
    </Folded>
  );
}

/** The estimated cost of the shadow per month, based on the talk time of the last 30 days, and its cost so far. */
function Estimate({ shadow, name, costs, health }: { shadow: Shadow; name: string; costs: ShadowCosts; health: VoiceHealth | undefined }) {
  const minutes = (minutesOf(costs) * shadow.share_percent) / 100;
  const perMinute = health?.cost_per_minute_micros ?? null;
  const cap = money(shadow.month_cost_max_micros, costs.currency);
  return (
    <p class="notice" role="status">
      {perMinute === null
        ? w.form.unknown(Math.round(minutes), name, cap)
        : w.form.estimate(Math.round(minutes), name, money(perMinute, costs.currency), money(Math.round(minutes * perMinute), costs.currency), cap)}{" "}
      {w.form.spent(money(costs.spent_micros, costs.currency))}
    </p>
  );
}

const minutesOf = ({ talk_ms }: ShadowCosts) => Math.round(talk_ms / MS_PER_MINUTE);

/** The whole number in a typed text; 0 for anything else, which is not a valid share. */
function wholeFrom(text: string): number {
  return /^\s*\d{1,3}\s*%?\s*$/.test(text) ? Number.parseInt(text, 10) : 0;
}
