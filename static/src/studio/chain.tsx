// The chain of voices: which one speaks first, and which ones follow if it can't.
import { useId, useRef } from "preact/hooks";
import { may } from "../api/me";
import type { VoiceHealth } from "../api/model";
import { Icon, type IconName } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { useLoaded } from "../app/load";
import { Ordered } from "../app/order";
import { faultOfChain, faultsOfLink, type Link } from "./chain-check";
import { LinkRules } from "./chain-rules";
import { useMember } from "./context";
import { HostedAgentOf } from "./hosted-agent";
import { Fault, Folded } from "./parts";
import { nameOf, PROVIDERS, type Provider } from "./voices";
import { w } from "./words";

const VOICES_MAX = 4;

/** A new link, except for its position. */
const fresh = (provider: Provider): Link => ({
  provider,
  voice: null,
  agent_id: null,
  overrides: false,
  when: null,
  call_cost_max_micros: null,
});

export function Chain() {
  const { value, isChanged, fault, set, off } = useMember("voices");
  const region = useMember("must_stay_in");
  const health = useLoaded<{ items: VoiceHealth[] }>(may("integrations_read") ? "/api/v1/voices/health" : null);
  const id = useId();
  const free = PROVIDERS.filter((provider) => !value.some((link) => link.provider === provider));
  const change = (provider: Provider, to: Partial<Link>) => set(value.map((link) => (link.provider === provider ? { ...link, ...to } : link)));
  const sum = value.length === 0 ? w.chain.none : value.map(({ provider }) => nameOf(provider)).join(" → ");
  const rows = useRef<HTMLDivElement>(null);
  useKeptFocus(value.length, ".chain-rows ~ select");
  const move = (link: Link, by: -1 | 1) => {
    const from = value.indexOf(link);
    const others = value.filter((one) => one !== link);
    set([...others.slice(0, from + by), link, ...others.slice(from + by)]);
    // Focuses the same button in the row's new position: pressed again, it moves the row on.
    requestAnimationFrame(() => {
      const buttons = rows.current?.querySelectorAll<HTMLButtonElement>(
        `[data-key="${link.provider}"] button[data-move]:not([disabled])`,
      );
      [...(buttons ?? [])].sort((one) => (one.dataset.move === String(by) ? -1 : 1))[0]?.focus();
    });
  };
  // A fault of a name or a rule is shown at its field.
  const isAtField = faultOfChain(value) !== null;
  return (
    <Folded title={w.chain.title} isChanged={isChanged || region.isChanged} sum={sum}>
      <p class="meta">{w.chain.hint}</p>
      <div class="chain-rows" ref={rows}>
        <Ordered
          label={w.chain.title}
          items={value}
          keyOf={({ provider }) => provider}
          name={({ provider }) => nameOf(provider)}
          isFixed={off}
          onOrder={(order) => set(order.flatMap((key) => value.filter(({ provider }) => provider === key)))}
          row={(link, at) => (
            <VoiceRow
              link={link}
              isFirst={at === 0}
              isLast={at === value.length - 1}
              health={health.value?.items.find(({ provider }) => provider === link.provider)}
              faultId={`${id}-fault`}
              off={off}
              onChange={(to) => change(link.provider, to)}
              onMove={(by) => move(link, by)}
              onRemove={() => set(value.filter(({ provider }) => provider !== link.provider))}
            />
          )}
        />
        {value.length > 0 && <p class="last meta">{w.chain.last}</p>}
      </div>
      <Fault id={`${id}-fault`}>{isAtField ? "" : fault}</Fault>
      {!off && value.length < VOICES_MAX && (
        <select
          aria-label={w.chain.add}
          value=""
          onChange={({ currentTarget }) => {
            const chosen = free.find((provider) => provider === currentTarget.value);
            currentTarget.value = "";
            if (chosen) set([...value, fresh(chosen)]);
          }}
        >
          <option value="">{w.chain.add}</option>
          {free.map((provider) => (
            <option key={provider} value={provider}>
              {nameOf(provider)}
            </option>
          ))}
        </select>
      )}
      <label class="field">
        <span>{w.chain.region}</span>
        <select
          disabled={region.off}
          value={region.value ?? ""}
          onChange={({ currentTarget }) => region.set(currentTarget.value === "eu" || currentTarget.value === "us" ? currentTarget.value : null)}
        >
          <option value="">{w.chain.anywhere}</option>
          <option value="eu">{w.chain.regions.eu}</option>
          <option value="us">{w.chain.regions.us}</option>
        </select>
      </label>
      <p class="meta">{w.chain.regionHint}</p>
    </Folded>
  );
}

/** One voice: its provider, its name there, and when it speaks. */
function VoiceRow(props: {
  link: Link;
  isFirst: boolean;
  isLast: boolean;
  health: VoiceHealth | undefined;
  faultId: string;
  off: boolean;
  onChange: (to: Partial<Link>) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}) {
  const { link, isFirst, isLast, health, faultId, off, onChange, onMove, onRemove } = props;
  const name = nameOf(link.provider);
  const id = useId();
  const { voice: fault } = faultsOfLink(link);
  return (
    <div class="chain-row">
      <div class="tag-head">
        <strong>{name}</strong>
        {!off && (
          <span class="acts push">
            <Act name="up" label={w.chain.up(name)} by={-1} isOff={isFirst} onAct={() => onMove(-1)} />
            <Act name="down" label={w.chain.down(name)} by={1} isOff={isLast} onAct={() => onMove(1)} />
            <Act name="cross" label={w.chain.remove(name)} isOff={false} onAct={onRemove} />
          </span>
        )}
      </div>
      <input
        aria-label={w.chain.voiceOf(name)}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id} ${faultId}`}
        placeholder={w.chain.voiceUsual}
        maxLength={79}
        autocomplete="off"
        disabled={off}
        value={link.voice ?? ""}
        onInput={({ currentTarget }) => onChange({ voice: currentTarget.value.trim() || null })}
      />
      <Fault id={id}>{fault ?? ""}</Fault>
      {link.provider === "elevenlabs" && (
        <HostedAgentOf link={link} name={name} faultId={faultId} off={off} onChange={onChange} />
      )}
      <LinkRules link={link} name={name} health={health} off={off} onChange={onChange} />
    </div>
  );
}

/** A button of a row. `by`: where it moves the row. */
function Act(props: { name: IconName; label: string; by?: -1 | 1; isOff: boolean; onAct: () => void }) {
  return (
    <button
      type="button"
      class="btn quiet square small"
      {...(props.by === undefined ? {} : { "data-move": props.by })}
      disabled={props.isOff}
      aria-label={props.label}
      title={props.label}
      onClick={props.onAct}
    >
      <Icon name={props.name} />
    </button>
  );
}
