// Lists that agents choose from, in the order in which they see them: wrap-up codes, and reasons to be away.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Choice, Page } from "../api/model";
import { ChoiceBody } from "../api/rules";
import { ALL, useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Ordered } from "../app/order";
import { Confirm, Failed, Skeleton } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { w } from "./words";

/** One of the lists. `hasKeys`: the first nine have the keys 1 to 9. */
export function Choices({ path, words, hasKeys = false }: { path: string; words: typeof w.codes; hasKeys?: boolean }) {
  const loaded = useLoaded<Page<Choice>>(path, ["disposition", "presence_reason"]);
  const [renamed, setRenamed] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<Choice | null>(null);
  const box = useRef<HTMLDivElement>(null);
  const items = loaded.value?.items ?? null;
  const edits = may("floor_write") === true;
  const show = (all: Choice[]) => loaded.show({ items: all, next_cursor: null });
  /** The orders, which are sent one after the other. */
  const orders = useRef<{ newest: string[] | null; sent: Promise<unknown> }>({ newest: null, sent: Promise.resolve() });
  const order = async (ids: string[]) => {
    if (!items) return;
    const before = items;
    // The rows move at once; if the server refuses, they move back.
    show(ids.flatMap((id) => items.filter((one) => one.id === id)));
    const answer = orders.current.sent.then(() => change<Page<Choice>>("PUT", `${path}/order`, { ids }));
    orders.current = { newest: ids, sent: answer.catch(() => null) };
    // Rows that were moved again meanwhile show the answer to that.
    const isNewest = () => orders.current.newest === ids;
    try {
      const now = await answer;
      if (now && isNewest()) loaded.show(now);
    } catch (fault) {
      tell(messageOf(fault));
      if (!isNewest()) return;
      show(before);
      void loaded.again();
    }
  };
  const remove = async (choice: Choice) => {
    try {
      await change("DELETE", `${path}/${choice.id}`);
      tell(w.choices.removed(choice.name));
    } catch (fault) {
      tell(messageOf(fault));
    }
    await loaded.again();
    box.current?.querySelector<HTMLElement>(".add-choice input")?.focus();
  };
  return (
    <div ref={box} class="choices">
      <p class="read">{words.lede}</p>
      {loaded.fault !== "" && <Failed message={loaded.fault} onRetry={() => void loaded.again()} />}
      {!items && loaded.fault === "" && <Skeleton rows={4} />}
      {items?.length === 0 && (
        <div class="empty">
          <h2>{words.emptyTitle}</h2>
          <p>{words.empty}</p>
        </div>
      )}
      {items && items.length > 0 && !edits && (
        <ol class="plain-list">
          {items.map(({ id, name }) => (
            <li key={id} dir="auto">
              {name}
            </li>
          ))}
        </ol>
      )}
      {items && items.length > 0 && edits && (
        <Ordered
          label={words.list}
          items={items}
          keyOf={({ id }) => id}
          name={({ name }) => name}
          onOrder={(ids) => void order(ids)}
          row={(choice, at) => (
            <>
              {hasKeys && <kbd class={at < 9 ? "" : "beyond"}>{at < 9 ? at + 1 : ""}</kbd>}
              {renamed === choice.id ? (
                <Rename
                  path={path}
                  choice={choice}
                  onDone={() => {
                    setRenamed(null);
                    void loaded.again().then(() => box.current?.querySelector<HTMLElement>(`[data-rename="${choice.id}"]`)?.focus());
                  }}
                />
              ) : (
                <>
                  <span class="what" dir="auto">
                    {choice.name}
                  </span>
                  <span class="row-acts">
                    <button
                      type="button"
                      class="btn quiet square"
                      data-rename={choice.id}
                      aria-label={w.choices.rename(choice.name)}
                      title={w.choices.rename(choice.name)}
                      onClick={() => setRenamed(choice.id)}
                    >
                      <Icon name="edit" />
                    </button>
                    <RowAct icon="remove" name={w.choices.remove(choice.name)} onClick={() => setLeaving(choice)} />
                  </span>
                </>
              )}
            </>
          )}
        />
      )}
      {items && edits && <Add path={path} words={words} onAdded={() => void loaded.again()} />}
      {leaving && (
        <Confirm
          title={w.choices.removeTitle(leaving.name)}
          text={w.choices.removeText}
          verb={common.act.remove}
          onClose={() => setLeaving(null)}
          onYes={() => void remove(leaving)}
        />
      )}
    </div>
  );
}

/** A row while it is renamed: Enter saves, Esc cancels. */
function Rename({ path, choice, onDone }: { path: string; choice: Choice; onDone: () => void }) {
  const draft = useDraft({
    value: { name: choice.name },
    rules: ChoiceBody,
    send: async ({ name }) => {
      await change("PUT", `${path}/${choice.id}`, { name });
      tell(w.choices.renamed(name));
    },
  });
  const fault = draft.faults.name ?? draft.faults[ALL];
  return (
    <form
      ref={draft.form}
      class="rename"
      noValidate
      onSubmit={(event) => void draft.submit(event).then((isTaken) => isTaken && onDone())}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDone();
      }}
    >
      <input
        ref={(field) => {
          if (field && document.activeElement === document.body) field.select();
        }}
        autofocus
        aria-label={w.choices.newName(choice.name)}
        aria-invalid={fault !== undefined}
        aria-describedby={`rename-${choice.id}`}
        dir="auto"
        autocomplete="off"
        value={draft.value.name}
        onInput={(event) => draft.set("name", event.currentTarget.value)}
      />
      <button type="submit" class="btn">
        {common.act.save}
      </button>
      <button type="button" class="btn quiet" onClick={onDone}>
        {common.act.cancel}
      </button>
      <p id={`rename-${choice.id}`} class="error" role="alert">
        {fault ?? ""}
      </p>
    </form>
  );
}

function Add({ path, words, onAdded }: { path: string; words: typeof w.codes; onAdded: () => void }) {
  const draft = useDraft({
    value: { name: "" },
    rules: ChoiceBody,
    send: async ({ name }) => {
      await change("POST", path, { name });
      tell(w.choices.added(name));
      setTimeout(() => draft.reset({ name: "" }));
      onAdded();
    },
  });
  const fault = draft.faults.name ?? draft.faults[ALL];
  return (
    <form ref={draft.form} class="add-choice" noValidate onSubmit={(event) => void draft.submit(event)}>
      <div class="field">
        <label for="new-choice">{words.add}</label>
        <input
          id="new-choice"
          placeholder={words.example}
          aria-invalid={fault !== undefined}
          aria-describedby="new-choice-fault"
          dir="auto"
          autocomplete="off"
          value={draft.value.name}
          onInput={(event) => draft.set("name", event.currentTarget.value)}
        />
        <p id="new-choice-fault" class="error" role="alert">
          {fault ?? ""}
        </p>
      </div>
      <button type="submit" class="btn primary" aria-disabled={draft.busy}>
        <Icon name="add" />
        {w.choices.add}
      </button>
    </form>
  );
}
