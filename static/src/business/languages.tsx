// The languages that a business's staff speak, and the time zones of the world.
import { useId, useRef, useState } from "preact/hooks";
import type { Business } from "../api/model";
import type { Draft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { language } from "../app/language";
import { w } from "./words";

const names = new Intl.DisplayNames([language], { type: "language" });
const TAGS =
  "am ar bg bn bs ca cs da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk ko ku lt lv mk ml mr ms nb nl pa pl ps pt ro ru si sk sl so sq sr sv sw ta te th ti tr uk ur uz vi yo zh zu".split(
    " ",
  );

/** The name of a language, in the pages' language. */
export function languageName(tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const LANGUAGES_MAX = 20;

/** The languages as chips, and a field to add one. */
export function LanguagesField({ draft }: { draft: Draft<Business> }) {
  const { languages } = draft.value;
  const id = useId();
  useKeptFocus(languages.length, ".languages select");
  const left = TAGS.filter((tag) => !languages.includes(tag)).sort((a, b) => languageName(a).localeCompare(languageName(b), language));
  return (
    <div class="field languages">
      <span class="label" id={id}>
        {w.about.languages}
      </span>
      <div class="chips" role="group" aria-labelledby={id}>
        {languages.map((tag) => (
          <span key={tag} class="tongue">
            {languageName(tag)}
            <button
              type="button"
              class="chip-drop"
              aria-label={w.about.dropLanguage(languageName(tag))}
              onClick={() => draft.set("languages", languages.filter((one) => one !== tag))}
            >
              <Icon name="cross" size="small" />
            </button>
          </span>
        ))}
        {languages.length < LANGUAGES_MAX && <OneMore left={left} onChoose={(tag) => draft.set("languages", [...languages, tag])} />}
      </div>
      <p class="error" role="alert">
        {draft.faults.languages ?? ""}
      </p>
    </div>
  );
}

/** The field to add one. Keys change a closed select at each stroke, so the value is accepted with Enter, or when the focus leaves. */
function OneMore({ left, onChoose }: { left: string[]; onChoose: (tag: string) => void }) {
  const [tag, setTag] = useState("");
  const isByKeys = useRef(false);
  const choose = (chosen: string) => {
    setTag("");
    if (chosen !== "") onChoose(chosen);
  };
  return (
    <select
      aria-label={w.about.addLanguage}
      value={tag}
      onPointerDown={() => {
        isByKeys.current = false;
      }}
      onKeyDown={(event) => {
        isByKeys.current = true;
        if (event.key === "Escape") setTag("");
        if (event.key !== "Enter" || tag === "") return;
        event.preventDefault();
        choose(tag);
      }}
      onBlur={() => choose(tag)}
      onChange={(event) => {
        const { value } = event.currentTarget;
        if (isByKeys.current) return setTag(value);
        choose(value);
        event.currentTarget.value = "";
      }}
    >
      <option value="">{w.about.addLanguage}</option>
      {left.map((one) => (
        <option key={one} value={one}>
          {languageName(one)}
        </option>
      ))}
    </select>
  );
}

const zones = Intl.supportedValuesOf("timeZone");
const UTC = "UTC";
const regions = [...new Set(zones.map((zone) => zone.split("/")[0] ?? ""))];

/** The time zones by region. `isNew`: the zone shown is this browser's, and counts only once it is saved. */
export function ZoneField({ draft, isNew }: { draft: Draft<Business>; isNew: boolean }) {
  const id = useId();
  const { time_zone } = draft.value;
  const isOther = time_zone !== UTC && !zones.includes(time_zone);
  return (
    <div class="field">
      <label for={id}>{w.about.zone}</label>
      <select
        id={id}
        value={time_zone}
        aria-invalid={draft.faults.time_zone !== undefined}
        aria-describedby={`${id}-fault ${id}-hint`}
        onChange={(event) => draft.set("time_zone", event.currentTarget.value)}
      >
        <option value={UTC}>{UTC}</option>
        {isOther && <option value={time_zone}>{time_zone}</option>}
        {regions
          .filter((region) => region !== UTC)
          .map((region) => (
            <optgroup key={region} label={region}>
              {zones
                .filter((zone) => zone.startsWith(`${region}/`))
                .map((zone) => (
                  <option key={zone} value={zone}>
                    {zone.slice(region.length + 1).replaceAll("_", " ").replaceAll("/", ", ")}
                  </option>
                ))}
            </optgroup>
          ))}
      </select>
      <p id={`${id}-fault`} class="error" role="alert">
        {draft.faults.time_zone ?? ""}
      </p>
      <p id={`${id}-hint`} class="hint">
        {w.about.zoneHint}
        {isNew && ` ${w.about.zoneNew}`}
      </p>
    </div>
  );
}
