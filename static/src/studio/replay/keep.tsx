// Saving a call or one exchange as an example, or changing an example's expectations.
import { useId, useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import type { Example, Judge, ReplayedTurn } from "../../api/model";
import { Dialog } from "../../app/dialog";
import { useHeldPage } from "../../app/guard-leaving";
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

/** Saves `turn` of `call`, or the whole call; with `example`, changes that one. */
export function Keep(props: { call: string; turn: ReplayedTurn | null; example?: Example; onClose: () => void; onDone?: () => void }) {
  const { id, keeper } = useStudio();
  const { call, turn, example, onClose } = props;
  const names = useId();
  const known = example?.expectations ?? { tools: turn?.old.tools.map(({ name }) => name) ?? [], words: [], forbidden: [], meaning: null };
  const judge = useLoaded<Judge>("/api/v1/judge").value;
  const [name, setName] = useState(example?.name ?? (turn === null ? "" : shortened(callerWords(turn))));
  const [tools, setTools] = useState(new Set(known.tools));
  const [words, setWords] = useState(known.words.join("\n"));
  const [forbidden, setForbidden] = useState(known.forbidden.join("\n"));
  const [meaning, setMeaning] = useState(known.meaning ?? "");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const written = JSON.stringify([name, [...tools].sort(), words, forbidden, meaning]);
  const [begun] = useState(written);
  const isChanged = written !== begun;
  useHeldPage(isChanged);
  const offered = [...new Set([...keeper.value.value.tools, ...known.tools, ...(turn?.new?.tools.map((tool) => tool.name) ?? [])])];
  const keep = async (event: Event) => {
    event.preventDefault();
    const meant = meaning.trim() === "" ? null : meaning.trim();
    const expectations = { tools: [...tools], words: linesOf(words), forbidden: linesOf(forbidden), meaning: meant };
    if (busy) return;
    if (name.trim() === "") return setFault(w.example.needsName);
    if (meant === null && expectations.tools.length + expectations.words.length + expectations.forbidden.length === 0) return setFault(w.example.needsExpectation);
    setBusy(true);
    try {
      if (example) await change<Example>("PUT", pathOf(id, `examples/${example.id}`), { name: name.trim(), expectations });
      else await change<Example>("POST", pathOf(id, "examples"), { call_id: call, ...(turn === null ? {} : { turn_seq: turn.seq }), name: name.trim(), expectations });
      tell(w.example.kept(name.trim()));
      props.onDone?.();
      onClose();
    } catch (problem) {
      setFault(messageOf(problem));
    } finally {
      setBusy(false);
    }
  };
  const lines = (key: string, label: string, value: string, set: (text: string) => void) => (
    <div class="field">
      <label for={`${names}-${key}`}>{label}</label>
      <textarea id={`${names}-${key}`} rows={2} dir="auto" maxLength={3_400} aria-describedby={`${names}-hint`} value={value} onInput={({ currentTarget }) => set(currentTarget.value)} />
    </div>
  );
  return (
    <Dialog title={example ? w.example.edit : w.example.add} isChanged={isChanged} onClose={onClose}>
      <form class="keep-example" onSubmit={(event) => void keep(event)} noValidate>
        <div class="field">
          <label for={`${names}-name`}>{w.example.name}</label>
          <input
            id={`${names}-name`}
            autofocus
            required
            maxLength={120}
            dir="auto"
            placeholder={w.example.nameExample}
            aria-describedby={`${names}-fault`}
            value={name}
            onInput={({ currentTarget }) => {
              setName(currentTarget.value);
              setFault("");
            }}
          />
        </div>
        {offered.length > 0 && (
          <fieldset class="expected-tools">
            <legend>{w.example.tools}</legend>
            {offered.map((tool) => (
              <label key={tool}>
                <input
                  type="checkbox"
                  checked={tools.has(tool)}
                  onChange={({ currentTarget }) => {
                    const now = new Set(tools);
                    if (currentTarget.checked) now.add(tool);
                    else now.delete(tool);
                    setTools(now);
                    setFault("");
                  }}
                />
                {toolName(tool)}
              </label>
            ))}
          </fieldset>
        )}
        {lines("words", w.example.words, words, setWords)}
        {lines("forbidden", w.example.forbidden, forbidden, setForbidden)}
        <p id={`${names}-hint`} class="meta">
          {w.example.perLine}
        </p>
        <div class="field">
          <label for={`${names}-meaning`}>{w.example.meaning}</label>
          <textarea
            id={`${names}-meaning`}
            rows={2}
            dir="auto"
            maxLength={500}
            placeholder={w.example.meaningExample}
            aria-describedby={`${names}-judge`}
            value={meaning}
            onInput={({ currentTarget }) => {
              setMeaning(currentTarget.value);
              setFault("");
            }}
          />
          <p id={`${names}-judge`} class="meta">
            {judge === null ? "" : judge.model === null ? w.example.noJudge : w.example.judgedBy(judge.model)}
          </p>
        </div>
        <p id={`${names}-fault`} class="error" role="alert">
          {fault}
        </p>
        <div class="actions">
          <button type="button" onClick={() => (isChanged ? leaving(onClose) : onClose())}>
            {frame.act.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {frame.act.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
