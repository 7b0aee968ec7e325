// Short words as tags: skills of people and queues. Enter or a comma adds the typed text.
import { useId, useState } from "preact/hooks";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { w } from "./words";

const TAGS_MAX = 20;
const LETTERS_MAX = 40;

/** The field. `known`: suggestions during typing. */
export function Tags(props: {
  label: string;
  hint: string;
  tags: readonly string[];
  known: readonly string[];
  fault: string | undefined;
  onChange: (tags: string[]) => void;
}) {
  const { label, hint, tags, known, fault, onChange } = props;
  const id = useId();
  const [text, setText] = useState("");
  useKeptFocus(tags.length, `[id="${id}"]`);
  /** Adds the words between commas, and keeps `rest` as the text that is being typed. */
  const add = (written: string, rest = "") => {
    const words = written.split(",").map((word) => word.trim().slice(0, LETTERS_MAX).trimEnd().toLowerCase());
    const added = [...new Set(words)].filter((tag) => tag !== "" && !tags.includes(tag));
    setText(rest);
    if (added.length > 0) onChange([...tags, ...added].slice(0, TAGS_MAX));
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="tags">
        {tags.map((tag) => (
          <span key={tag} class="tag-held" dir="auto">
            {tag}
            <button type="button" aria-label={w.agents.dropSkill(tag)} onClick={() => onChange(tags.filter((one) => one !== tag))}>
              <Icon name="cross" size="small" />
            </button>
          </span>
        ))}
        {tags.length < TAGS_MAX && (
          <input
            id={id}
            list={`${id}-known`}
            autocomplete="off"
            dir="auto"
            aria-invalid={fault !== undefined}
            aria-describedby={`${id}-fault ${id}-hint`}
            value={text}
            onInput={(event) => {
              const { value } = event.currentTarget;
              const comma = value.lastIndexOf(",");
              const rest = (comma < 0 ? value : value.slice(comma + 1).trimStart()).slice(0, LETTERS_MAX);
              // No `maxLength`: it would cut a list that is pasted.
              if (rest !== value) event.currentTarget.value = rest;
              if (comma < 0) setText(rest);
              else add(value.slice(0, comma), rest);
            }}
            onKeyDown={(event) => {
              if (event.key === "Enter" && text.trim() !== "") {
                event.preventDefault();
                add(text);
              } else if (event.key === "Backspace" && text === "") onChange(tags.slice(0, -1));
            }}
            // Text that is still being typed when the form is sent belongs to it.
            onBlur={() => add(text)}
          />
        )}
      </div>
      <datalist id={`${id}-known`}>
        {known
          .filter((tag) => !tags.includes(tag))
          .map((tag) => (
            <option key={tag} value={tag} />
          ))}
      </datalist>
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
}
