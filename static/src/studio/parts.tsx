// Components that several columns of the studio use.
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import type { ChangedLine } from "./describe";
import { w } from "./words";

/** The fault of a field, linked to it by `id`. It exists before it is needed, so that screen readers announce it. */
export function Fault({ id, children }: { id?: string; children: string }) {
  return (
    <p {...(id === undefined ? {} : { id })} class="error" role="alert">
      {children}
    </p>
  );
}

/** A ruled section of a column. */
export function Panel(props: { title: string; aside?: ComponentChildren; isChanged?: boolean; first?: boolean; children: ComponentChildren }) {
  const heading = useId();
  return (
    <section class={props.first ? "panel first" : "panel"} aria-labelledby={heading}>
      <div class="top">
        <h2 id={heading}>{props.title}</h2>
        {props.isChanged && <Changed />}
        {props.aside != null && <div class="push">{props.aside}</div>}
      </div>
      {props.children}
    </section>
  );
}

/** A section that is opened when needed; `sum` summarizes its state until then. */
export function Folded(props: { title: string; sum: string; isChanged?: boolean; isOpen?: boolean; children: ComponentChildren }) {
  return (
    <details class="panel fold" open={props.isOpen === true}>
      <summary>
        <h2>{props.title}</h2>
        {props.isChanged && <Changed />}
        <span class="meta push">{props.sum}</span>
        <Icon name="down" size="small" />
      </summary>
      <fieldset class="fold-body">
        <legend class="hidden">{props.title}</legend>
        {props.children}
      </fieldset>
    </details>
  );
}

/** Says that something differs from what callers hear. */
export function Changed() {
  return <span class="chip on">{w.changed}</span>;
}

/** A text field that grows with its content. */
export function Paper(props: {
  label: string;
  value: string;
  placeholder?: string;
  class?: string;
  rows?: number;
  off: boolean;
  describedBy?: string;
  isWrong?: boolean;
  onInput: (text: string) => void;
  onBlur?: () => void;
}) {
  const area = useRef<HTMLTextAreaElement>(null);
  // Browsers that size fields by their content do it themselves (css/studio.css).
  useLayoutEffect(() => {
    if (!area.current || CSS.supports("field-sizing", "content")) return;
    area.current.rows = Math.max(props.rows ?? 2, props.value.split("\n").reduce((rows, line) => rows + 1 + Math.floor(line.length / 60), 0));
  }, [props.value, props.rows]);
  return (
    <textarea
      ref={area}
      class={`paper ${props.class ?? ""}`}
      aria-label={props.label}
      aria-invalid={props.isWrong === true}
      {...(props.describedBy === undefined ? {} : { "aria-describedby": props.describedBy })}
      {...(props.placeholder === undefined ? {} : { placeholder: props.placeholder })}
      rows={props.rows ?? 2}
      dir="auto"
      readOnly={props.off}
      value={props.value}
      onInput={(event) => props.onInput(event.currentTarget.value)}
      onBlur={props.onBlur}
    />
  );
}

/** Added and removed lines: marked by a sign, a word for screen readers, and colour. */
export function Lines({ lines }: { lines: ChangedLine[] }) {
  return (
    <div class="diff">
      {lines.map(({ kind, text }, at) => (
        <p key={at} class={kind} dir="auto">
          <span class="hidden">{kind === "added" ? w.diff.added : w.diff.removed} </span>
          {kind === "added" ? <ins>{text}</ins> : <del>{text}</del>}
        </p>
      ))}
    </div>
  );
}

/** Yes or no, with its meaning. */
export function Lever(props: { label: ComponentChildren; hint?: ComponentChildren; on: boolean; off: boolean; onChange: (on: boolean) => void }) {
  const id = useId();
  return (
    <div class="lever-row">
      <label>
        <input
          type="checkbox"
          role="switch"
          class="lever"
          checked={props.on}
          disabled={props.off}
          {...(props.hint == null ? {} : { "aria-describedby": `${id}-hint` })}
          onChange={(event) => props.onChange(event.currentTarget.checked)}
        />
        <span>{props.label}</span>
      </label>
      {props.hint != null && (
        <p id={`${id}-hint`} class="meta">
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** One of a few options, side by side. */
export function OneOf<V extends string>(props: {
  legend: string;
  isLegendHidden?: boolean;
  value: V;
  choices: readonly { value: V; label: string }[];
  off: boolean;
  hint?: ComponentChildren;
  onChange: (value: V) => void;
}) {
  const name = useId();
  return (
    <fieldset class="one-of" {...(props.hint == null ? {} : { "aria-describedby": `${name}-hint` })}>
      <legend class={props.isLegendHidden ? "hidden" : undefined}>{props.legend}</legend>
      <div class="segmented">
        {props.choices.map(({ value, label }) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={props.value === value}
              disabled={props.off}
              onChange={() => props.onChange(value)}
            />
            {label}
          </label>
        ))}
      </div>
      {props.hint != null && (
        <p id={`${name}-hint`} class="meta">
          {props.hint}
        </p>
      )}
    </fieldset>
  );
}

/** How many steps a key moves: an arrow key one, a page key ten. The range itself accepts any whole number, so that its cap is exactly at the
 * value. */
function stepsOf(key: string, isRightToLeft: boolean): number {
  switch (key) {
    case "ArrowUp":
      return 1;
    case "ArrowDown":
      return -1;
    case "ArrowRight":
      return isRightToLeft ? -1 : 1;
    case "ArrowLeft":
      return isRightToLeft ? 1 : -1;
    case "PageUp":
      return 10;
    case "PageDown":
      return -10;
    default:
      return 0;
  }
}

/** A fader with its number next to it, labels at both ends, and its effect below. With `unset` it may have no value: null. */
export function Fader(props: {
  label: string;
  unit: string;
  value: number | null;
  /** The position of the cap while no value is set. */
  usual?: number;
  /** The label of the action that removes the value. */
  unset?: string;
  min: number;
  max: number;
  step: number;
  ends: readonly [string, string];
  was?: string;
  off: boolean;
  /** The value for screen readers. */
  spoken: string;
  /** Its effect: a line of text, and perhaps a picture. */
  picture?: ComponentChildren;
  children: ComponentChildren;
  onChange: (value: number | null) => void;
}) {
  const { label, unit, value, min, max, step, ends, off } = props;
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [clamped, setClamped] = useState("");
  const stands = value ?? props.usual ?? min;
  const to = (next: number) => {
    setClamped("");
    props.onChange(Math.min(max, Math.max(min, next)));
  };
  const read = (text: string) => {
    setTyped(text);
    const wanted = Number(text);
    if (text.trim() !== "" && Number.isInteger(wanted) && wanted >= min && wanted <= max) to(wanted);
  };
  /** An invalid typed value is changed to the nearest valid one, and this is announced. */
  const settle = () => {
    if (typed === null) return;
    const wanted = Math.round(Number(typed));
    if (typed.trim() === "") {
      if (props.unset !== undefined) props.onChange(null);
    } else if (!Number.isFinite(wanted) || wanted < min || wanted > max) {
      const near = Number.isFinite(wanted) ? Math.min(max, Math.max(min, wanted)) : stands;
      props.onChange(near);
      setClamped(w.clamped(String(min), String(max), String(near)));
    } else props.onChange(wanted);
    setTyped(null);
  };
  return (
    <div class={value === null ? "fader unset" : "fader"}>
      <label for={id}>{label}</label>
      <span class="box">
        <input
          type="number"
          inputMode="numeric"
          aria-label={w.numberOf(label)}
          aria-describedby={`${id}-fault`}
          aria-invalid={clamped !== ""}
          min={min}
          max={max}
          step={step}
          value={typed ?? (value === null ? "" : String(value))}
          placeholder="–"
          disabled={off}
          onInput={(event) => read(event.currentTarget.value)}
          onBlur={settle}
          onKeyDown={(event) => {
            if (event.key === "Enter") settle();
          }}
        />
        <span class="unit">{unit}</span>
      </span>
      <input
        id={id}
        type="range"
        min={min}
        max={max}
        step={1}
        value={stands}
        disabled={off}
        aria-valuetext={props.spoken}
        aria-describedby={`${id}-effect`}
        onInput={(event) => to(event.currentTarget.valueAsNumber)}
        onKeyDown={(event) => {
          const steps = stepsOf(event.key, event.currentTarget.matches(":dir(rtl)"));
          if (steps === 0 || off) return;
          event.preventDefault();
          to(stands + steps * step);
        }}
      />
      <div class="ends" aria-hidden="true">
        <span>{ends[0]}</span>
        <span>{ends[1]}</span>
      </div>
      <div class="effect">
        {props.picture}
        <p id={`${id}-effect`}>
          {props.children}
          {props.was !== undefined && <span class="was"> {w.was(props.was)}</span>}
        </p>
        {props.unset !== undefined && value !== null && !off && (
          <button type="button" class="btn quiet small" onClick={() => props.onChange(null)}>
            {props.unset}
          </button>
        )}
        <Fault id={`${id}-fault`}>{clamped}</Fault>
      </div>
    </div>
  );
}

/** The `was` property of a fader, if callers hear something else. */
export function wasOf<T>(isChanged: boolean, was: T | undefined, say: (was: T) => string): { was?: string } {
  return isChanged && was !== undefined ? { was: say(was) } : {};
}
