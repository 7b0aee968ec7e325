// The people who are reached when a caller needs a person: their order, their hours, and what a caller is offered if nobody answers.
import { useId, useRef, useState } from "preact/hooks";
import type { Agent, Business, Escalation, Extension, Page, Queue } from "../api/model";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useAll, useLoaded } from "../app/load";
import { Ordered } from "../app/order";
import { w } from "./words";

const TARGETS_MAX = 10;

/** The section of the form. */
export function PeopleField({ draft }: { draft: Draft<Business> }) {
  const { escalation } = draft.value;
  const id = useId();
  /** The people stay while this is switched off. */
  const last = useRef<Escalation | null>(null);
  if (escalation !== null) last.current = escalation;
  const set = (to: Partial<Escalation>) => draft.set("escalation", { targets: [], when: "always", otherwise: "take_message", ...escalation, ...to });
  return (
    <>
      <div class="field lever-field">
        <label for={id}>
          <input
            id={id}
            type="checkbox"
            role="switch"
            class="lever"
            checked={escalation !== null}
            aria-describedby={`${id}-hint`}
            onChange={(event) => {
              if (!event.currentTarget.checked) draft.set("escalation", null);
              else if (last.current !== null) draft.set("escalation", last.current);
              else set({ targets: [""] });
            }}
          />
          <span>{w.people.given}</span>
        </label>
        {escalation === null && (
          <p id={`${id}-hint`} class="hint">
            {w.people.without}
          </p>
        )}
      </div>
      {escalation !== null && (
        <>
          <Targets targets={escalation.targets} fault={draft.faults["escalation.targets"] ?? draft.faults.escalation} onChange={(targets) => set({ targets })} />
          <div class="pair">
            <div class="field">
              <label for={`${id}-when`}>{w.people.when}</label>
              <select id={`${id}-when`} value={escalation.when} onChange={(event) => set({ when: event.currentTarget.value as Escalation["when"] })}>
                <option value="always">{w.people.always}</option>
                <option value="open_hours">{w.people.open_hours}</option>
              </select>
            </div>
            <div class="field">
              <label for={`${id}-otherwise`}>{w.people.otherwise}</label>
              <select
                id={`${id}-otherwise`}
                value={escalation.otherwise}
                onChange={(event) => set({ otherwise: event.currentTarget.value as Escalation["otherwise"] })}
              >
                <option value="take_message">{w.people.take_message}</option>
                <option value="call_again">{w.people.call_again}</option>
              </select>
            </div>
          </div>
        </>
      )}
    </>
  );
}

/** Names in an order. Two may be equal while they are typed, so each has a key of its own here. */
function Targets({ targets, fault, onChange }: { targets: string[]; fault: string | undefined; onChange: (targets: string[]) => void }) {
  const id = useId();
  const made = useRef(targets.length);
  const [keys, setKeys] = useState(() => targets.map((_, at) => String(at)));
  const box = useRef<HTMLFieldSetElement>(null);
  // The whole list was replaced, for example after saving.
  const known = keys.length === targets.length ? keys : targets.map((_, at) => String(at));
  const rows = targets.map((target, at) => ({ key: known[at] as string, target }));
  const put = (to: typeof rows) => {
    setKeys(to.map(({ key }) => key));
    onChange(to.map(({ target }) => target));
  };
  return (
    <fieldset ref={box} class="field list asked" aria-describedby={`${id}-fault ${id}-hint`}>
      <legend>{w.people.targets}</legend>
      <KnownTargets id={`${id}-known`} />
      <Ordered
        label={w.people.targets}
        items={rows}
        keyOf={({ key }) => key}
        name={({ target }) => target.trim() || w.people.unnamed}
        onOrder={(order) => put(order.flatMap((key) => rows.filter((row) => row.key === key)))}
        row={({ key, target }, at) => (
          <>
            <input
              aria-label={w.people.target(at + 1)}
              aria-invalid={fault !== undefined}
              aria-describedby={`${id}-fault`}
              autocomplete="off"
              list={`${id}-known`}
              value={target}
              onInput={(event) => put(rows.map((row) => (row.key === key ? { key, target: event.currentTarget.value } : row)))}
            />
            <button
              type="button"
              class="btn quiet square"
              aria-label={w.people.drop(target.trim() || w.people.unnamed)}
              onClick={() => {
                put(rows.filter((row) => row.key !== key));
                box.current?.querySelector<HTMLElement>(".add-target")?.focus();
              }}
            >
              <Icon name="cross" />
            </button>
          </>
        )}
      />
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
      <p id={`${id}-hint`} class="hint">
        {w.people.targetHint}
      </p>
      {targets.length < TARGETS_MAX && (
        <button
          type="button"
          class="btn small add-target"
          onClick={() => {
            made.current += 1;
            put([...rows, { key: `new-${made.current}`, target: "" }]);
            requestAnimationFrame(() => box.current?.querySelector<HTMLElement>("li:last-child input")?.focus());
          }}
        >
          <Icon name="add" />
          {w.people.add}
        </button>
      )}
    </fieldset>
  );
}

/** Possible targets: extensions, queues, and the agents' own extensions. */
function KnownTargets({ id }: { id: string }) {
  const extensions = useLoaded<Page<Extension>>("/api/v1/extensions");
  const queues = useLoaded<Page<Queue>>("/api/v1/queues");
  const agents = useAll<Agent>("/api/v1/agents", 200);
  const known = new Map<string, string>();
  for (const { name, title } of extensions.value?.items ?? []) known.set(name, title);
  for (const { name, title } of queues.value?.items ?? []) known.set(name, title);
  for (const { extension, name } of agents.value ?? []) if (extension !== null) known.set(extension, name);
  return (
    <datalist id={id}>
      {[...known].map(([name, title]) => (
        <option key={name} value={name}>
          {title}
        </option>
      ))}
    </datalist>
  );
}
