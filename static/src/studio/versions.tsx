// Published versions: the list, publishing with a note, and restoring.
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import type { Publication } from "../api/model";
import { number } from "../app/language";
import type { LoadedList } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { WindowToasts } from "../app/window-toasts";
import { w as frame } from "../app/words";
import { pathOfDraft, useStudio } from "./context";
import { changesOf } from "./describe";
import { Lines, Panel } from "./parts";
import { ExamplesBefore } from "./replay/examples";
import { w } from "./words";

/** The name of an actor. */
export type NameOf = (actor: Publication["published_by"]) => string;

/** The list. `onBack` is called when a version was restored. */
export function Versions(props: {
  versions: LoadedList<Publication>;
  current: number;
  nameOf: NameOf;
  onCompare: (version: number) => void;
  onBack: () => void;
}) {
  const { versions, current, nameOf } = props;
  const { id, slot, canWrite } = useStudio();
  const [asks, setAsks] = useState<number | null>(null);
  const back = async (version: number) => {
    try {
      const made = await change<Publication>("POST", `/api/v1/agent-profiles/${id}/rollback`, { version, note: w.versions.backNote(number(version)) });
      if (made) tell(w.versions.isBack(number(version), number(made.version)));
      props.onBack();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    <Panel title={w.versions.title}>
      {versions.fault !== "" && <Failed message={versions.fault} onRetry={() => void versions.again()} />}
      {versions.items === null && versions.fault === "" && <Skeleton rows={3} />}
      {versions.items?.length === 0 && <p class="meta">{w.versions.none}</p>}
      <ol class="versions">
        {versions.items?.map(({ version, published_at, published_by, note }) => (
          <li key={version} class={version === current ? "current" : undefined}>
            <span class={version === current ? "plate brass" : "plate"}>{w.versions.plate(number(version))}</span>
            <div class="of">
              <p dir="auto">{note === "" ? <span class="muted">{w.versions.noNote}</span> : note}</p>
              <p class="meta">
                <When at={published_at} /> · {nameOf(published_by)}
                {version === current && ` · ${w.versions.answers}`}
              </p>
            </div>
            <div class="acts">
              <button type="button" class="btn quiet small" aria-label={w.versions.compareOf(number(version))} onClick={() => props.onCompare(version)}>
                {w.versions.compare}
              </button>
              {version !== current && canWrite && slot === "a" && (
                <button type="button" class="btn quiet small" aria-label={w.versions.backOf(number(version))} onClick={() => setAsks(version)}>
                  {w.versions.back}
                </button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {versions.hasMore && (
        <button type="button" class="btn small" onClick={() => void versions.more()}>
          {frame.act.more}
        </button>
      )}
      {asks !== null && (
        <Confirm
          title={w.versions.backOf(number(asks))}
          text={w.versions.backText}
          verb={w.versions.back}
          onClose={() => setAsks(null)}
          onYes={() => void back(asks)}
        />
      )}
    </Panel>
  );
}

/** The draft compared with the published version: only the differences, and the note for the publication. */
export function Publish(props: { current: number; next: number; onClose: () => void; onDone: () => void }) {
  const { id, slot, keeper, published } = useStudio();
  const dialog = useRef<HTMLDialogElement>(null);
  const names = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [note, setNote] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const [asksToLeave, setAsksToLeave] = useState(false);
  const close = () => {
    dialog.current?.close();
    props.onClose();
  };
  const leave = () => (note.trim() === "" ? close() : setAsksToLeave(true));
  const publish = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (note.trim() === "") {
      setFault(w.publish.needsNote);
      field.current?.focus();
      return;
    }
    setBusy(true);
    try {
      if (!(await keeper.flush())) {
        setFault(w.publish.notSaved);
        return;
      }
      const made = await change<Publication>("POST", `${pathOfDraft(id, slot)}/publish`, { note: note.trim(), revision: keeper.revision });
      if (made) tell(w.publish.done(number(made.version)));
      dialog.current?.close();
      props.onDone();
    } catch (problem) {
      const isEdited = problem instanceof Problem && problem.code === "edited_meanwhile";
      setFault(isEdited ? w.publish.edited : messageOf(problem));
      // From now on the differences above show it.
      if (isEdited) await keeper.sync();
    } finally {
      setBusy(false);
    }
  };
  return (
    <dialog
      ref={dialog}
      class="studio-dialog"
      aria-labelledby={names}
      onCancel={(event) => {
        // This event also comes from inside.
        if (event.target !== dialog.current) return;
        event.preventDefault();
        leave();
      }}
    >
      <form onSubmit={(event) => void publish(event)} noValidate>
        <h2 id={names}>{w.publish.title(number(props.next))}</h2>
        <p class="muted">{published.value === null ? w.publish.first : w.publish.hint(number(props.current))}</p>
        {published.value !== null && <Changes before={published.value} after={keeper.value.value} />}
        <ExamplesBefore onLeave={close} />
        <div class="field">
          <label for={`${names}-note`}>{w.publish.note}</label>
          <textarea
            id={`${names}-note`}
            ref={field}
            rows={2}
            maxLength={500}
            required
            autofocus
            dir="auto"
            placeholder={w.publish.noteExample}
            aria-invalid={fault !== ""}
            aria-describedby={`${names}-fault`}
            value={note}
            onInput={({ currentTarget }) => {
              setNote(currentTarget.value);
              setFault("");
            }}
          />
          <p id={`${names}-fault`} class="error" role="alert">
            {fault}
          </p>
        </div>
        <div class="actions">
          <button type="button" onClick={leave}>
            {frame.act.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy}>
            {w.publish.act(number(props.next))}
          </button>
        </div>
      </form>
      <WindowToasts />
      {asksToLeave && (
        <Confirm
          title={frame.form.unsaved}
          text=""
          verb={frame.form.leave}
          no={frame.form.stay}
          onClose={() => setAsksToLeave(false)}
          onYes={close}
        />
      )}
    </dialog>
  );
}

type Either = Parameters<typeof changesOf>[0];

/** The differences between two profiles, field by field, as lines. */
export function Changes({ before, after, none }: { before: Either; after: Either; none?: ComponentChildren }) {
  const changes = changesOf(before, after);
  if (changes.length === 0) return <p class="meta">{none ?? w.diff.same}</p>;
  return (
    <div class="changes" role="region" aria-label={w.write.whatChanged} tabIndex={0}>
      <dl>
        {changes.map(({ member, lines }) => (
          <div key={member}>
            <dt>{w.member[member]}</dt>
            <dd>{lines.length === 0 ? <span class="meta">{w.diff.order}</span> : <Lines lines={lines} />}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
