// How the pages look and behave in this browser.
import { useState } from "preact/hooks";
import { density } from "../app/density";
import type { Density } from "../app/density-choice";
import { hasDesk } from "../app/desk-part";
import { FindKey } from "../app/find";
import { LanguageSelect } from "../app/language-select";
import { Later } from "../app/later";
import { theme } from "../app/theme";
import type { Theme } from "../app/theme-choice";
import { w } from "../app/words";
import { Ruled } from "../house/parts";
import { t } from "./words";

/** Theme, density and language. */
export function Look() {
  return (
    <Ruled title={t.look} text={t.lookText}>
      <Choice<Theme>
        name={w.theme.name}
        value={theme.value}
        choices={[
          ["system", w.theme.system],
          ["light", w.theme.light],
          ["dark", w.theme.dark],
        ]}
        onChange={(chosen) => {
          theme.value = chosen;
        }}
      />
      <Choice<Density>
        name={t.rows}
        value={density.value}
        choices={[
          ["roomy", t.roomy],
          ["compact", t.compact],
        ]}
        onChange={(chosen) => {
          density.value = chosen;
        }}
      />
      <div class="field">
        <label for="settings-language">{w.language.name}</label>
        <LanguageSelect id="settings-language" />
      </div>
    </Ruled>
  );
}

/** One of a few options, side by side. */
function Choice<T extends string>(props: {
  name: string;
  value: T;
  choices: [T, string][];
  onChange: (chosen: T) => void;
}) {
  return (
    <fieldset class="field">
      <legend>{props.name}</legend>
      <div class="segmented">
        {props.choices.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={`settings-${props.name}`}
              value={value}
              checked={props.value === value}
              onChange={() => props.onChange(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const loadDeskKeys = async () => {
  const [{ singleKeys, setSingleKeys }, { KeyTable }] = await Promise.all([import("../desk/keys"), import("../desk/sheet")]);
  const Lever = leverOf(singleKeys, setSingleKeys);
  return function DeskKeys() {
    return (
      <>
        <Lever />
        <KeyTable />
      </>
    );
  };
};

/** Keyboard shortcuts: on every page, and on an agent's desk, whose code belongs to the desk. */
export function Keys() {
  return (
    <Ruled title={hasDesk() ? t.keys : t.shortcuts} text={hasDesk() ? t.keysText : t.shortcutsText}>
      {hasDesk() ? (
        <Later load={loadDeskKeys} props={{}} />
      ) : (
        <dl class="facts">
          <div>
            <dt>{w.find.name}</dt>
            <dd>
              <FindKey />
            </dd>
          </div>
        </dl>
      )}
    </Ruled>
  );
}

/** The lever for single keys. */
function leverOf(keys: { value: boolean }, set: (on: boolean) => void) {
  return function SingleKeys() {
    const [isOn, setOn] = useState(keys.value);
    return (
      <fieldset class="field lever-field">
        <legend class="hidden">{t.keys}</legend>
        <label>
          <input
            type="checkbox"
            role="switch"
            class="lever"
            aria-describedby="settings-keys"
            checked={isOn}
            onChange={(event) => {
              setOn(event.currentTarget.checked);
              set(event.currentTarget.checked);
            }}
          />
          <span>{t.singleKeys}</span>
        </label>
        <p id="settings-keys" class="hint">
          {isOn ? t.keysOn : t.keysOff}
        </p>
      </fieldset>
    );
  };
}
