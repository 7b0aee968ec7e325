// How a caller gets to a person: by which phrases, to whom, and what the assistant does in the meantime.
import { useId, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { isTag, LANGUAGES_MAX } from "./check";
import { useMember, useStudio } from "./context";
import { Fault, Folded, Lever, OneOf } from "./parts";
import { w } from "./words";

export function Handoff() {
  const words = useMember("handoff_words");
  const style = useMember("handoff_style");
  const after = useMember("after_handoff");
  const meanwhile = useMember("assistant_in_handoff");
  const { targets } = useStudio();
  const id = useId();
  const { value, off, set } = words;
  const isChanged = words.isChanged || style.isChanged || after.isChanged || meanwhile.isChanged;
  return (
    <Folded title={w.handoff.title} isChanged={isChanged} sum={value.enabled ? w.handoff.on : w.handoff.off}>
      <Lever
        label={w.handoff.enabled}
        hint={value.enabled ? w.handoff.enabledHint : w.handoff.disabledHint}
        on={value.enabled}
        off={off}
        onChange={(enabled) => set({ ...value, enabled })}
      />
      {value.enabled && (
        <>
          <div class="field">
            <label for={`${id}-target`}>{w.handoff.target}</label>
            <input
              id={`${id}-target`}
              list={`${id}-targets`}
              placeholder={w.handoff.nobody}
              maxLength={79}
              autocomplete="off"
              disabled={off}
              aria-describedby={`${id}-target-hint ${id}-fault`}
              value={value.target ?? ""}
              onInput={({ currentTarget }) => set({ ...value, target: currentTarget.value.trim() || null })}
            />
            <datalist id={`${id}-targets`}>
              {targets.value.map(({ name, kind }) => (
                <option key={`${kind}${name}`} value={name} label={w.keys.targets[kind]} />
              ))}
            </datalist>
            {value.target === null && (
              <p id={`${id}-target-hint`} class="hint">
                {w.handoff.targetHint}
              </p>
            )}
          </div>
          <Phrases />
        </>
      )}
      <Fault id={`${id}-fault`}>{words.fault}</Fault>
      <OneOf
        legend={w.handoff.styleName}
        value={style.value}
        choices={(["blind", "warm"] as const).map((one) => ({ value: one, label: w.handoff.style[one].name }))}
        off={off}
        hint={w.handoff.style[style.value].effect}
        onChange={style.set}
      />
      <OneOf
        legend={w.handoff.afterName}
        value={after.value}
        choices={(["release", "return"] as const).map((one) => ({ value: one, label: w.handoff.after[one].name }))}
        off={off}
        hint={w.handoff.after[after.value].effect}
        onChange={after.set}
      />
      <OneOf
        legend={w.handoff.meanwhileName}
        value={meanwhile.value}
        choices={(["released", "kept"] as const).map((one) => ({ value: one, label: w.handoff.meanwhile[one].name }))}
        off={off}
        hint={w.handoff.meanwhile[meanwhile.value].effect}
        onChange={meanwhile.set}
      />
    </Folded>
  );
}

/** The phrases with which callers request a person, one per line; they replace the built-in ones of a language. */
function Phrases() {
  const { value, off, set } = useMember("handoff_words");
  const language = useMember("language").value;
  const id = useId();
  const [tag, setTag] = useState<string | null>(null);
  const { phrases } = value;
  const tags = Object.keys(phrases);
  useKeptFocus(tags.length, ".add-tag input");
  const free = isTag(language) && !tags.includes(language) ? language : "";
  const wanted = tag ?? free;
  const to = (of: string, lines: string[]) => set({ ...value, phrases: { ...phrases, [of]: lines } });
  return (
    <div class="phrases" role="group" aria-labelledby={`${id}-name`}>
      <h3 id={`${id}-name`}>{w.handoff.phrases}</h3>
      <p class="meta">{w.handoff.phrasesHint}</p>
      {tags.map((of) => (
        <div key={of} class="field">
          <div class="tag-head">
            <label for={`${id}-${of}`}>{w.handoff.phrasesIn(of)}</label>
            {!off && (
              <button
                type="button"
                class="btn quiet square small push"
                aria-label={w.handoff.removePhrases(of)}
                title={w.handoff.removePhrases(of)}
                onClick={() => {
                  const { [of]: _, ...others } = phrases;
                  set({ ...value, phrases: others });
                }}
              >
                <Icon name="cross" />
              </button>
            )}
          </div>
          <PhraseLines id={`${id}-${of}`} lines={phrases[of] ?? []} off={off} onChange={(lines) => to(of, lines)} />
        </div>
      ))}
      {!off && tags.length < LANGUAGES_MAX && (
        <form
          class="add-tag"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isTag(wanted) || tags.includes(wanted)) return;
            to(wanted, []);
            setTag(null);
          }}
        >
          <input
            aria-label={w.handoff.languageTag}
            placeholder={language}
            maxLength={35}
            autocomplete="off"
            value={wanted}
            onInput={({ currentTarget }) => setTag(currentTarget.value.trim())}
          />
          <button type="submit" class="btn small" aria-disabled={!isTag(wanted) || tags.includes(wanted)}>
            <Icon name="add" />
            {w.handoff.addPhrases}
          </button>
        </form>
      )}
    </div>
  );
}

/** A line for each phrase. Blank lines stay during editing, and are not phrases. */
export function PhraseLines(props: { id: string; lines: string[]; off: boolean; onChange: (lines: string[]) => void }) {
  const [text, setText] = useState(props.lines.join("\n"));
  const phrasesOf = (of: string) => of.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const shown = phrasesOf(text).join("\n") === props.lines.join("\n") ? text : props.lines.join("\n");
  return (
    <textarea
      id={props.id}
      class="paper"
      rows={3}
      dir="auto"
      readOnly={props.off}
      value={shown}
      onInput={({ currentTarget }) => {
        setText(currentTarget.value);
        props.onChange(phrasesOf(currentTarget.value));
      }}
    />
  );
}
