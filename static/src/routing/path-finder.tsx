// An example call: through which number, when, with which keys; its path is described as text.
import { useId, useState } from "preact/hooks";
import { now as clock } from "../app/now";
import { Icon } from "../app/icons";
import { w as common } from "../app/words";
import { dateOf, wallIn, wallOf } from "../business/hours";
import type { Routing } from "./data";
import { type Thought, wayOf } from "./path";
import { w } from "./words";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const KEYS_MAX = 12;

/** The tab. */
export function PathFinder({ routing }: { routing: Routing }) {
  const { numbers, profiles, business } = routing;
  const id = useId();
  const entries = [...numbers.map((number) => [number.id, { number }] as const), ...profiles.map((profile) => [profile.id, { profile }] as const)];
  const [chosen, setChosen] = useState(entries[0]?.[0] ?? "");
  const [caller, setCaller] = useState<Thought["caller"]>("usual");
  const [keys, setKeys] = useState("");
  const [nobody, setNobody] = useState(false);
  /** When, by the business's clock; null is now. */
  const [at, setAt] = useState<{ date: string; time: string } | null>(null);
  const wallNow = wallIn(business.time_zone, new Date(clock.value));
  const shown = at ?? { date: dateOf(wallNow), time: new Date(wallNow * 60_000).toISOString().slice(11, 16) };
  const wall = at === null ? wallNow : wallOf(at.date, at.time);
  // Somebody else may remove the chosen one.
  const taken = entries.find(([key]) => key === chosen) ?? entries[0];
  const entry = taken?.[1];
  if (!entry) {
    return (
      <div class="empty">
        <p>{w.path.nothing}</p>
        <div class="acts">
          <a class="btn" href="/studio">
            {common.rooms.studio}
          </a>
        </div>
      </div>
    );
  }
  const isNumber = "number" in entry;
  const steps = wayOf({ entry, caller: isNumber ? caller : "usual", wall: Number.isNaN(wall) ? wallNow : wall, keys, nobody }, routing);
  const press = (key: string) => setKeys((was) => (was.length < KEYS_MAX ? was + key : was));
  return (
    <div class="path-finder">
      <p class="lede" role="status" dir="auto">
        {steps[steps.length - 1]?.text}
      </p>
      <section class="sheet thought-of" aria-labelledby={`${id}-call`}>
        <div class="top">
          <h2 id={`${id}-call`}>{w.path.call}</h2>
        </div>
        <div class="thought">
          <div class="field">
            <label for={`${id}-entry`}>{w.path.entry}</label>
            <select id={`${id}-entry`} value={taken?.[0]} onChange={(event) => setChosen(event.currentTarget.value)}>
              {numbers.length > 0 && (
                <optgroup label={w.path.ofNumbers}>
                  {numbers.map(({ id: key, number, label }) => (
                    <option key={key} value={key}>
                      {label === "" ? number : `${number} · ${label}`}
                    </option>
                  ))}
                </optgroup>
              )}
              <optgroup label={w.path.ofProfiles}>
                {profiles.map(({ id: key, name }) => (
                  <option key={key} value={key}>
                    {name}
                  </option>
                ))}
              </optgroup>
            </select>
          </div>
          {isNumber && (
            <div class="field">
              <label for={`${id}-caller`}>{w.path.caller}</label>
              <select id={`${id}-caller`} value={caller} onChange={(event) => setCaller(event.currentTarget.value as Thought["caller"])}>
                {(["usual", "blocked", "hidden"] as const).map((kind) => (
                  <option key={kind} value={kind}>
                    {w.path.callers[kind]}
                  </option>
                ))}
              </select>
            </div>
          )}
          {/* Queues depend on the opening hours however a call comes in. */}
          <fieldset class="field when">
            <legend>{w.path.when}</legend>
            <div class="row-of">
              <input
                type="date"
                aria-label={w.path.date}
                value={shown.date}
                onInput={(event) => event.currentTarget.value !== "" && setAt({ ...shown, date: event.currentTarget.value })}
              />
              <input
                type="time"
                aria-label={w.path.time}
                value={shown.time}
                onInput={(event) => event.currentTarget.value !== "" && setAt({ ...shown, time: event.currentTarget.value })}
              />
              {at !== null && (
                <button type="button" class="btn quiet" onClick={() => setAt(null)}>
                  {w.path.now}
                </button>
              )}
            </div>
            <p class="hint">{w.path.zone(business.time_zone.replaceAll("_", " "))}</p>
          </fieldset>
          <fieldset class="field">
            <legend>{w.path.keys}</legend>
            <div class="pad">
              {KEYS.map((key) => (
                <button key={key} type="button" class="key" aria-label={w.path.press(key)} onClick={() => press(key)}>
                  {key}
                </button>
              ))}
            </div>
            <div class="pressed">
              <span class="pressed-keys" aria-live="polite">
                <span class="hidden">{w.path.pressed}: </span>
                {keys === "" ? <span class="soft">{w.path.noKeys}</span> : [...keys].map((key, place) => <kbd key={place}>{key}</kbd>)}
              </span>
              {keys !== "" && (
                <>
                  <button type="button" class="btn quiet small" onClick={() => setKeys(keys.slice(0, -1))}>
                    <Icon name="undo" />
                    <span class="hidden">{w.path.back}</span>
                  </button>
                  <button type="button" class="btn quiet small" onClick={() => setKeys("")}>
                    {w.path.clear}
                  </button>
                </>
              )}
            </div>
          </fieldset>
          <div class="field lever-field">
            <label>
              <input
                type="checkbox"
                role="switch"
                class="lever"
                checked={nobody}
                aria-describedby={`${id}-nobody`}
                onChange={(event) => setNobody(event.currentTarget.checked)}
              />
              <span>{w.path.nobody}</span>
            </label>
            <p id={`${id}-nobody`} class="hint">
              {w.path.nobodyHint}
            </p>
          </div>
        </div>
      </section>
      <section class="whole-way" aria-labelledby={`${id}-way`}>
        <h2 id={`${id}-way`} class="hidden">
          {w.path.steps}
        </h2>
        <ol class="way" aria-label={w.path.steps}>
          {steps.map(({ icon, text, more, digits = "", mood }, place) => (
            <li key={place} class={mood ?? ""}>
              <span class="at" aria-hidden="true">
                {digits.length === 1 || digits.length === 2 ? <span class="digits">{digits}</span> : <Icon name={icon} />}
              </span>
              <span class="told">
                <span dir="auto">{text}</span>
                {more !== undefined && more !== "" && (
                  <span class="meta" dir="auto">
                    {more}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}
