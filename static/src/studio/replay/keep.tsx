// Saving a call or one exchange as an example, or changing an example's expectations.
import { useId } from "preact/hooks";
import { change } from "../../api/client";
import type { Example, Judge, ReplayedTurn } from "../../api/model";
import { ExampleChange } from "../../api/rules";
import { Dialog } from "../../app/dialog";
import { ChangedMeanwhile } from "../../app/form/fields";
import { ALL, type Faults, useDraft } from "../../app/form/record";
import { putInPlaceOf } from "../../app/form/revised";
import { leaving } from "../../app/leaving";
import { useLoaded } from "../../app/load";
import { tell } from "../../app/toasts";
import { w as frame } from "../../app/words";
import { useStudio } from "../context";
import { toolName } from "../describe";
import { callerWords } from "./parts";
import { pathOf } from "./run";
import { w } from "./words";

/** The maximum characters of a name that is made from the caller's words. */
const NAME_CHARS = 60;

const linesOf = (text: string) => [...new Set(text.split("\n").map((line) => line.trim()))].filter((line) => line !== "");

/** The first words, as a name. */
function shortened(words: string): string {
  if (words.length <= NAME_CHARS) return words;
  const cut = words.slice(0, NAME_CHARS);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), NAME_CHARS / 2))}…`;
}

/** The edited values. Words are one per line. */
interface ExampleDraft {
  name: string;
  tools: string[];
  words: string;
  forbidden: string;
  meaning: string;
}

const RULES = { name: ExampleChange.name };

const expectationsOf = ({ tools, words, forbidden, meaning }: ExampleDraft) => ({
  tools,
  words: linesOf(words),
  forbidden: linesOf(forbidden),
  meaning: meaning.trim() === "" ? null : meaning.trim(),
});

function check(value: ExampleDraft): Faults {
  if (value.name.trim() === "") return { name: w.example.needsName };
  const { tools, words, forbidden, meaning } = expectationsOf(value);
  return meaning === null && tools.length + words.length + forbidden.length === 0 ? { [ALL]: w.example.needsExpectation } : {};
}

/** Saves `turn` of `call`, or the whole call; with `example`, changes that one. `onStale` reloads it when somebody else has changed it. */
export function Keep(props: { call: string; turn: ReplayedTurn | null; example?: Example; onClose: () => void; onDone?: () => void; onStale?: () => void }) {
  const { id, keeper } = useStudio();
  const { call, turn, example, onClose } = props;
  const names = useId();
  const known = example?.expectations ?? { tools: turn?.old.tools.map(({ name }) => name) ?? [], words: [], forbidden: [], meaning: null };
  const judge = useLoaded<Judge>("/api/v1/judge").value;
  const draft = useDraft<ExampleDraft>({
    value: {
      name: example?.name ?? (turn === null ? "" : shortened(callerWords(turn))),
      tools: [...new Set(known.tools)].sort(),
      words: known.words.join("\n"),
      forbidden: known.forbidden.join("\n"),
      meaning: known.meaning ?? "",
    },
    rules: RULES,
    check,
    // The request replaces the whole example: what somebody else has changed in it must stay.
    follows: example !== undefined,
    send: async (value) => {
      const body = { name: value.name.trim(), expectations: expectationsOf(value) };
      if (example) await putInPlaceOf<Example>(pathOf(id, `examples/${example.id}`), example, body, () => props.onStale?.());
      else await change<Example>("POST", pathOf(id, "examples"), { call_id: call, ...(turn === null ? {} : { turn_seq: turn.seq }), ...body });
    },
  });
  const { name, tools, words, forbidden, meaning } = draft.value;
  const offered = [...new Set([...keeper.value.value.tools, ...known.tools, ...(turn?.new?.tools.map((tool) => tool.name) ?? [])])];
  const keep = async (event: Event) => {
    if (!(await draft.submit(event))) return;
    tell(w.example.kept(name.trim()));
    props.onDone?.();
    onClose();
  };
  const lines = (key: "words" | "forbidden", label: string, value: string) => (
    <div class="field">
      <label for={`${names}-${key}`}>{label}</label>
      <textarea id={`${names}-${key}`} name={key} rows={2} dir="auto" maxLength={3_400} aria-describedby={`${names}-hint`} value={value} onInput={({ currentTarget }) => draft.set(key, currentTarget.value)} />
    </div>
  );
  return (
    <Dialog title={example ? w.example.edit : w.example.add} isChanged={draft.isChanged} onClose={onClose}>
      <form ref={draft.form} class="keep-example" onSubmit={(event) => void keep(event)} noValidate>
        <ChangedMeanwhile draft={draft} />
        <div class="field">
          <label for={`${names}-name`}>{w.example.name}</label>
          <input
            id={`${names}-name`}
            name="name"
            autofocus
            required
            maxLength={120}
            dir="auto"
            placeholder={w.example.nameExample}
            aria-describedby={`${names}-fault`}
            aria-invalid={draft.faults.name !== undefined}
            value={name}
            onInput={({ currentTarget }) => draft.set("name", currentTarget.value)}
          />
        </div>
        {offered.length > 0 && (
          <fieldset class="expected-tools" name="tools">
            <legend>{w.example.tools}</legend>
            {offered.map((tool) => (
              <label key={tool}>
                <input
                  type="checkbox"
                  checked={tools.includes(tool)}
                  onChange={({ currentTarget }) => {
                    const others = tools.filter((one) => one !== tool);
                    draft.set("tools", currentTarget.checked ? [...others, tool].sort() : others);
                  }}
                />
                {toolName(tool)}
              </label>
            ))}
          </fieldset>
        )}
        {lines("words", w.example.words, words)}
        {lines("forbidden", w.example.forbidden, forbidden)}
        <p id={`${names}-hint`} class="meta">
          {w.example.perLine}
        </p>
        <div class="field">
          <label for={`${names}-meaning`}>{w.example.meaning}</label>
          <textarea
            id={`${names}-meaning`}
            name="meaning"
            rows={2}
            dir="auto"
            maxLength={500}
            placeholder={w.example.meaningExample}
            aria-describedby={`${names}-judge`}
            value={meaning}
            onInput={({ currentTarget }) => draft.set("meaning", currentTarget.value)}
          />
          <p id={`${names}-judge`} class="meta">
            {judge === null ? "" : judge.model === null ? w.example.noJudge : w.example.judgedBy(judge.model)}
          </p>
        </div>
        <p id={`${names}-fault`} class="error" role="alert">
          {draft.faults.name ?? draft.faults[ALL] ?? ""}
        </p>
        <div class="actions">
          <button type="button" onClick={() => (draft.isChanged ? leaving(onClose) : onClose())}>
            {frame.act.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={draft.busy}>
            {frame.act.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
