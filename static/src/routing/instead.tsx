// The fallback for a caller when no assistant answers: nothing, a text, leaving a message, or somebody else.
import { useId, useRef } from "preact/hooks";
import type { Instead } from "../api/model";
import { w } from "./words";

const WORDS_MAX = 1000;

/** Its fault, found before it is sent. */
export function insteadFault(instead: Instead): string | null {
  if (instead.do === "hang_up") return null;
  if (instead.do === "forward") return instead.target.trim() === "" ? w.instead.missingTarget : null;
  return instead.text.trim() === "" ? w.instead.missing : null;
}

/** The fields. `known`: the id of a list of possible targets. */
export function InsteadField(props: { label: string; value: Instead; known: string; fault: string | undefined; onChange: (value: Instead) => void }) {
  const { label, value, known, fault, onChange } = props;
  const id = useId();
  /** What was typed stays while the user looks at other kinds. */
  const typed = useRef({ words: "", target: "" });
  if ("text" in value) typed.current.words = value.text;
  if (value.do === "forward") typed.current.target = value.target;
  const { words, target } = typed.current;
  const isSaid = value.do === "say" || value.do === "voicemail";
  const isForward = value.do === "forward";
  const kinds = Object.entries(w.instead.kinds) as [Instead["do"], string][];
  const ofKind = (kind: Instead["do"]): Instead => {
    switch (kind) {
      case "hang_up":
        return { do: kind };
      case "say":
      case "voicemail":
        return { do: kind, text: words };
      case "forward":
        return { do: kind, target };
    }
  };
  return (
    <div class="instead">
      <div class="field">
        <label for={id}>{label}</label>
        <select
          id={id}
          value={value.do}
          aria-describedby={`${id}-fault`}
          onChange={(event) => onChange(ofKind(event.currentTarget.value as Instead["do"]))}
        >
          {kinds.map(([kind, name]) => (
            <option key={kind} value={kind}>
              {name}
            </option>
          ))}
        </select>
      </div>
      {isSaid && (
        <div class="field">
          <label for={`${id}-words`}>{w.instead.words}</label>
          <textarea
            id={`${id}-words`}
            rows={2}
            maxLength={WORDS_MAX}
            dir="auto"
            aria-invalid={fault !== undefined}
            aria-describedby={`${id}-fault`}
            value={words}
            onInput={(event) => onChange({ do: value.do === "say" ? "say" : "voicemail", text: event.currentTarget.value })}
          />
        </div>
      )}
      {isForward && (
        <div class="field">
          <label for={`${id}-target`}>{w.instead.target}</label>
          <input
            id={`${id}-target`}
            list={known}
            autocomplete="off"
            aria-invalid={fault !== undefined}
            aria-describedby={`${id}-fault ${id}-hint`}
            value={target}
            onInput={(event) => onChange({ do: "forward", target: event.currentTarget.value.trim() })}
          />
          <p id={`${id}-hint`} class="hint">
            {w.instead.targetHint}
          </p>
        </div>
      )}
      <p id={`${id}-fault`} class="error" role="alert">
        {fault ?? ""}
      </p>
    </div>
  );
}
