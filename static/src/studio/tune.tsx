// How the assistant speaks and listens, and what it may do.
import { useId } from "preact/hooks";
import { number } from "../app/language";
import { type LoadedList, useList } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import type { CustomTool } from "../api/model";
import { AboutCalls } from "./about";
import { bandAt, bandOf, eagernessOf, silenceOf, type Slider, SLIDERS } from "./bands";
import { useMember, useStudio } from "./context";
import type { Written } from "./draft";
import { Handoff } from "./handoff";
import { Keys } from "./keys";
import { Fader, Fault, Folded, Lever, OneOf, Panel, wasOf } from "./parts";
import { Answering, GivingWay, Sentences } from "./pictures";
import { Chain } from "./chain";
import { ShadowForm } from "./shadow/form";
import { Voice } from "./voice";
import { w } from "./words";

/** The column. */
export function Tune() {
  return (
    <>
      <Voice />
      <Manner />
      <Chain />
      <ShadowForm />
      <Listening />
      <Tools />
      <Keys />
      <Handoff />
      <AboutCalls />
      <Name />
    </>
  );
}

function Manner() {
  const { value: style, was, isChanged, fault, set, off } = useMember("style");
  const turn = useMember("turn_detection").value;
  const to = (part: Partial<Written["style"]>) => set({ ...style, ...part });
  const delay = style.response_delay_ms;
  const reminder = style.silence_reminder_s;
  const own = turn.type === "server_vad" ? turn.silence_duration_ms : null;
  return (
    <Panel title={w.manner.title} isChanged={isChanged}>
      <p class="meta">{w.manner.hint}</p>
      <div class="faders">
        {SLIDERS.map((slider) => (
          <MannerFader
            key={slider}
            slider={slider}
            style={style}
            hearsByLoudness={turn.type === "server_vad"}
            off={off}
            {...wasOf(was !== undefined && was[slider] !== style[slider], was?.[slider], number)}
            onChange={(value) => to({ [slider]: value })}
          />
        ))}
        <Fader
          label={w.manner.delay.name}
          unit={w.units.ms}
          value={delay}
          usual={own ?? 500}
          unset={w.manner.delay.reset}
          min={0}
          max={5_000}
          step={10}
          ends={w.manner.delay.ends}
          spoken={delay === null ? w.manner.delay.unset : w.ms(number(delay))}
          off={off}
          {...wasOf(was !== undefined && was.response_delay_ms !== delay, was?.response_delay_ms, (ms) => (ms === null ? w.manner.delay.unset : w.ms(number(ms))))}
          picture={<Answering afterMs={delay === null ? (own ?? 500) : silenceOf(delay)} />}
          onChange={(value) => to({ response_delay_ms: value })}
        >
          {delay === null
            ? own === null
              ? w.manner.delay.bySense
              : w.manner.delay.byTurn(w.ms(number(own)))
            : turn.type === "server_vad"
              ? w.manner.delay.waits(w.ms(number(silenceOf(delay))))
              : w.manner.delay.eager(w.listen.eager[eagernessOf(delay)].name)}
        </Fader>
        <Fader
          label={w.manner.reminder.name}
          unit={w.units.s}
          value={reminder}
          usual={10}
          unset={w.manner.reminder.reset}
          min={3}
          max={120}
          step={1}
          ends={w.manner.reminder.ends}
          spoken={reminder === null ? w.manner.reminder.unset : w.s(number(reminder))}
          off={off}
          {...wasOf(was !== undefined && was.silence_reminder_s !== reminder, was?.silence_reminder_s, (s) => (s === null ? w.manner.reminder.unset : w.s(number(s))))}
          onChange={(value) => to({ silence_reminder_s: value })}
        >
          {reminder === null ? w.manner.reminder.byHouse : w.manner.reminder.asks(w.s(number(reminder)))}
        </Fader>
      </div>
      <Fault>{fault}</Fault>
    </Panel>
  );
}

/** A style fader: below it the model's instruction, and the settings that it changes. */
function MannerFader(props: {
  slider: Slider;
  style: Written["style"];
  hearsByLoudness: boolean;
  off: boolean;
  was?: string;
  onChange: (value: number) => void;
}) {
  const { slider, style } = props;
  const value = style[slider];
  const { told, speed, threshold } = bandOf(slider, style);
  const at = bandAt(slider, value);
  const words = w.manner[slider];
  return (
    <Fader
      label={words.name}
      unit=""
      value={value}
      min={0}
      max={100}
      step={1}
      ends={words.ends}
      spoken={w.manner.spoken(number(value), words.steps[at] ?? "")}
      off={props.off}
      {...(props.was === undefined ? {} : { was: props.was })}
      picture={slider === "interruptibility" ? <GivingWay step={at} /> : slider === "verbosity" ? <Sentences count={[1, 1, 2, 3, 5][at] ?? 2} isShort={at === 0} /> : null}
      onChange={(to) => props.onChange(to ?? 50)}
    >
      {told === "" ? (
        w.manner.nothing
      ) : (
        <>
          {w.manner.told} <q lang="en">{told}</q>
          {speed !== undefined && <span class="sets"> {w.manner.speed(w.percent(number(speed)))}</span>}
          {threshold !== undefined && props.hearsByLoudness && <span class="sets"> {w.manner.threshold(w.percent(number(threshold)))}</span>}
        </>
      )}
    </Fader>
  );
}

/** An entry of a settings table: detecting the end of a turn by silence. */
const BY_SILENCE = { type: "server_vad", threshold_percent: 50, prefix_padding_ms: 300, silence_duration_ms: 500 } as const;

function Listening() {
  const turn = useMember("turn_detection");
  const noise = useMember("noise_reduction");
  const transcription = useMember("transcription");
  const longest = useMember("max_output_tokens");
  const style = useMember("style").value;
  const id = useId();
  const { value, off } = turn;
  const over = bandOf("interruptibility", style).threshold;
  const delay = style.response_delay_ms;
  const isChanged = turn.isChanged || noise.isChanged || transcription.isChanged || longest.isChanged;
  const before = turn.was?.type === "server_vad" ? turn.was : undefined;
  return (
    <Folded title={w.listen.title} isChanged={isChanged} sum={w.listen.by[value.type]}>
      <OneOf
        legend={w.listen.turns}
        value={value.type}
        choices={[
          { value: "server_vad", label: w.listen.by.server_vad },
          { value: "semantic_vad", label: w.listen.by.semantic_vad },
        ]}
        off={off}
        hint={w.listen.byHint[value.type]}
        onChange={(type) => {
          if (type === value.type) return;
          const was = turn.was?.type === type ? turn.was : undefined;
          turn.set(was ?? (type === "server_vad" ? BY_SILENCE : { type, eagerness: "auto" }));
        }}
      />
      {value.type === "semantic_vad" ? (
        <OneOf
          legend={w.listen.eagerness}
          value={value.eagerness}
          choices={(["low", "medium", "high", "auto"] as const).map((eagerness) => ({ value: eagerness, label: w.listen.eager[eagerness].name }))}
          off={off}
          hint={delay === null ? w.listen.eager[value.eagerness].effect : w.listen.eagerOver(w.manner.delay.name, w.listen.eager[eagernessOf(delay)].name)}
          onChange={(eagerness) => turn.set({ ...value, eagerness })}
        />
      ) : (
        <div class="faders">
          <Fader
            label={w.listen.silence.name}
            unit={w.units.ms}
            value={value.silence_duration_ms}
            min={1}
            max={10_000}
            step={10}
            ends={w.listen.silence.ends}
            spoken={w.ms(number(value.silence_duration_ms))}
            off={off}
            {...wasOf(before !== undefined && before.silence_duration_ms !== value.silence_duration_ms, before?.silence_duration_ms, (ms) => w.ms(number(ms)))}
            picture={<Answering afterMs={delay === null ? value.silence_duration_ms : silenceOf(delay)} />}
            onChange={(to) => turn.set({ ...value, silence_duration_ms: to ?? 500 })}
          >
            {delay === null ? w.listen.silence.effect(w.ms(number(value.silence_duration_ms))) : w.listen.silence.over(w.manner.delay.name, w.ms(number(silenceOf(delay))))}
          </Fader>
          <Fader
            label={w.listen.threshold.name}
            unit={w.units.percent}
            value={value.threshold_percent}
            min={0}
            max={100}
            step={1}
            ends={w.listen.threshold.ends}
            spoken={w.percent(number(value.threshold_percent))}
            off={off}
            {...wasOf(before !== undefined && before.threshold_percent !== value.threshold_percent, before?.threshold_percent, (part) => w.percent(number(part)))}
            onChange={(to) => turn.set({ ...value, threshold_percent: to ?? 50 })}
          >
            {over === undefined ? w.listen.threshold.effect : w.listen.threshold.over(w.manner.interruptibility.name, w.percent(number(over)))}
          </Fader>
          <Fader
            label={w.listen.padding.name}
            unit={w.units.ms}
            value={value.prefix_padding_ms}
            min={0}
            max={5_000}
            step={10}
            ends={w.listen.padding.ends}
            spoken={w.ms(number(value.prefix_padding_ms))}
            off={off}
            {...wasOf(before !== undefined && before.prefix_padding_ms !== value.prefix_padding_ms, before?.prefix_padding_ms, (ms) => w.ms(number(ms)))}
            onChange={(to) => turn.set({ ...value, prefix_padding_ms: to ?? 300 })}
          >
            {w.listen.padding.effect(w.ms(number(value.prefix_padding_ms)))}
          </Fader>
        </div>
      )}
      <Fault>{turn.fault}</Fault>
      <div class="field">
        <label for={`${id}-noise`}>{w.listen.noise.name}</label>
        <select
          id={`${id}-noise`}
          value={noise.value ?? ""}
          disabled={off}
          onChange={({ currentTarget }) => noise.set(currentTarget.value === "near_field" || currentTarget.value === "far_field" ? currentTarget.value : null)}
        >
          <option value="">{w.listen.noise.none}</option>
          <option value="near_field">{w.listen.noise.near_field}</option>
          <option value="far_field">{w.listen.noise.far_field}</option>
        </select>
      </div>
      <div class="field">
        <label for={`${id}-longest`}>{w.listen.longest.name}</label>
        <span class="with-unit">
          <input
            id={`${id}-longest`}
            type="number"
            min={1}
            max={100_000}
            step={1}
            placeholder="–"
            disabled={off}
            aria-invalid={longest.fault !== ""}
            aria-describedby={`${id}-longest-hint ${id}-longest-fault`}
            value={longest.value === null ? "" : String(longest.value)}
            onInput={({ currentTarget }) => longest.set(Number.isNaN(currentTarget.valueAsNumber) ? null : Math.round(currentTarget.valueAsNumber))}
          />
          <span class="unit">{w.listen.longest.unit}</span>
        </span>
        <Fault id={`${id}-longest-fault`}>{longest.fault}</Fault>
        <p id={`${id}-longest-hint`} class="hint">
          {longest.value === null ? w.listen.longest.unset : w.listen.longest.effect(number(Math.max(1, Math.round(longest.value * 0.75))))}
        </p>
      </div>
      <Lever
        label={w.listen.transcription.name}
        hint={transcription.value ? w.listen.transcription.on : w.listen.transcription.off}
        on={transcription.value}
        off={off}
        onChange={transcription.set}
      />
    </Folded>
  );
}

/** Switches for what the assistant may do. */
function Tools() {
  const { id } = useStudio();
  const { value, was, isChanged, fault, set, off } = useMember("tools");
  const own = useList<CustomTool>(`/api/v1/agent-profiles/${id}/tools`);
  const all = Object.entries(w.tools.all) as [Written["tools"][number], { name: string; does: string }][];
  return (
    <Folded title={w.tools.title} isChanged={isChanged} sum={w.tools.count(number(value.length), number(all.length))}>
      <ul class="tools">
        {all.map(([tool, { name, does }]) => {
          const isOn = value.includes(tool);
          return (
            <li key={tool} class={was !== undefined && was.includes(tool) !== isOn ? "changed" : undefined}>
              <Lever
                label={name}
                hint={does}
                on={isOn}
                off={off}
                // In the order of the list, so that switching off and on again leaves no change.
                onChange={(on) => set(on ? inOrderOf(was ?? [], [...value, tool]) : value.filter((one) => one !== tool))}
              />
            </li>
          );
        })}
      </ul>
      <Fault>{fault}</Fault>
      <OwnTools own={own} />
    </Folded>
  );
}

/** Tools in the published order, new ones at the end. */
function inOrderOf<T>(known: readonly T[], tools: readonly T[]): T[] {
  return [...known.filter((tool) => tools.includes(tool)), ...tools.filter((tool) => !known.includes(tool))];
}

/** The organization's own HTTP tools: they belong to the profile, but not to its draft. */
function OwnTools({ own }: { own: LoadedList<CustomTool> }) {
  if (own.fault !== "") return <Failed message={own.fault} onRetry={() => void own.again()} />;
  if (own.items === null) return <Skeleton rows={1} />;
  if (own.items.length === 0) return null;
  return (
    <>
      <h3>{w.tools.own}</h3>
      <p class="meta">{w.tools.ownHint}</p>
      <ul class="tools">
        {own.items.map(({ id, name, description, method, url }) => (
          <li key={id} class="own">
            <code>{name}</code>
            <p class="meta" dir="auto">
              {description}
            </p>
            <p class="meta address">
              {method} {url}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function Name() {
  const { slot } = useStudio();
  const name = useMember("name");
  const language = useMember("language");
  const id = useId();
  return (
    <Folded title={w.named.title} isChanged={name.isChanged || language.isChanged} sum={language.value}>
      <div class="pair">
        <div class="field">
          <label for={`${id}-name`}>{w.member.name}</label>
          <input
            id={`${id}-name`}
            value={name.value}
            maxLength={64}
            autocomplete="off"
            dir="auto"
            disabled={name.off || slot === "b"}
            aria-invalid={name.fault !== ""}
            aria-describedby={`${id}-name-fault ${id}-name-hint`}
            onInput={({ currentTarget }) => name.set(currentTarget.value)}
          />
          <Fault id={`${id}-name-fault`}>{name.fault}</Fault>
          <p id={`${id}-name-hint`} class="hint">
            {slot === "b" ? w.drafts.nameHint : ""}
          </p>
        </div>
        <div class="field">
          <label for={`${id}-language`}>{w.member.language}</label>
          <input
            id={`${id}-language`}
            value={language.value}
            maxLength={35}
            autocomplete="off"
            disabled={language.off}
            aria-invalid={language.fault !== ""}
            aria-describedby={`${id}-language-fault ${id}-language-hint`}
            onInput={({ currentTarget }) => language.set(currentTarget.value.trim())}
          />
          <Fault id={`${id}-language-fault`}>{language.fault}</Fault>
          <p id={`${id}-language-hint`} class="hint">
            {w.named.languageHint}
          </p>
        </div>
      </div>
    </Folded>
  );
}

