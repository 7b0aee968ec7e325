// Extensions: names for places in the telephone system.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Extension } from "../api/model";
import { ExtensionBody } from "../api/rules";
import { Dialog } from "../app/dialog";
import { RecordForm, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { Confirm, More } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import type { Routing } from "./data";
import { w } from "./words";

const SHOWN = 100;

/** The tab. */
export function Extensions({ routing, onChange }: { routing: Routing; onChange: () => Promise<void> }) {
  const { extensions } = routing;
  const [edited, setEdited] = useState<Extension | "new" | null>(null);
  const [leaving, setLeaving] = useState<Extension | null>(null);
  const [shown, setShown] = useState(SHOWN);
  const edits = may("dialling_write") === true;
  const isOurs = ({ origin }: Extension) => origin === "organization";
  /** Its current state while it is edited: somebody else may have changed it since. */
  const now = edited === "new" || edited === null ? null : (extensions.find(({ name }) => name === edited.name) ?? edited);
  useKeptFocus(extensions.length, ".tab-content:not([hidden]) .btn.primary");
  const remove = async ({ name }: Extension) => {
    try {
      await change("DELETE", `/api/v1/extensions/${encodeURIComponent(name)}`);
      tell(w.extensions.removed(name));
    } catch (fault) {
      tell(messageOf(fault));
    }
    await onChange();
  };
  const add = edits && (
    <button type="button" class="btn primary" onClick={() => setEdited("new")}>
      <Icon name="add" />
      {w.extensions.add}
    </button>
  );
  return (
    <>
      {extensions.length > 0 && (
        <div class="tab-top">
          <p class="read">{w.extensions.lede}</p>
          {add}
        </div>
      )}
      {extensions.length === 0 && (
        <div class="empty">
          <h2>{w.extensions.emptyTitle}</h2>
          <p>{w.extensions.empty}</p>
          <div class="acts">{add}</div>
        </div>
      )}
      {extensions.length > 0 && (
        <div class="sheet">
          <table class="table stacks">
            <caption class="hidden">{w.extensions.table}</caption>
            <thead>
              <tr>
                <th scope="col">{w.extensions.name}</th>
                <th scope="col">{w.extensions.title}</th>
                <th scope="col">{w.extensions.place}</th>
                <th scope="col">{w.extensions.origin}</th>
                {edits && (
                  <th scope="col">
                    <span class="hidden">{w.extensions.acts}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {extensions.slice(0, shown).map((extension) => (
                <tr key={extension.name}>
                  <th scope="row">
                    <span class="plate">{extension.name}</span>
                  </th>
                  <td>
                    <bdi>{extension.title}</bdi>
                  </td>
                  <td class="mono">{extension.target}</td>
                  <td class="soft" data-label={w.extensions.origin}>
                    {w.extensions.origins[extension.origin]}
                  </td>
                  {edits && (
                    <td class="acts">
                      {isOurs(extension) && (
                        <>
                          <RowAct icon="edit" name={w.extensions.edit(extension.name)} onClick={() => setEdited(extension)} />
                          <RowAct icon="remove" name={w.extensions.remove(extension.name)} onClick={() => setLeaving(extension)} />
                        </>
                      )}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {extensions.length > shown && (
        <More onClick={() => setShown(shown + SHOWN)} />
      )}
      {edited && (
        <ExtensionDialog extension={now} onClose={() => setEdited(null)} onSaved={() => void onChange()} onStale={() => void onChange()} />
      )}
      {leaving && (
        <Confirm
          title={w.extensions.removeTitle(leaving.name)}
          text={w.extensions.removeText}
          verb={common.act.remove}
          onClose={() => setLeaving(null)}
          onYes={() => void remove(leaving)}
        />
      )}
    </>
  );
}

/** `onStale` reloads the extension when somebody else has changed it. */
function ExtensionDialog(props: { extension: Extension | null; onClose: () => void; onSaved: () => void; onStale: () => void }) {
  const { extension, onClose, onSaved, onStale } = props;
  const draft = useDraft<Pick<Extension, "name" | "title" | "target">>({
    value: { name: extension?.name ?? "", title: extension?.title ?? "", target: extension?.target ?? "" },
    rules: ExtensionBody,
    follows: true,
    check: ({ name, target }): Faults => ({
      ...(name === "" || /^[a-z0-9_-]{1,79}$/.test(name) ? {} : { name: w.extensions.nameHint }),
      ...(target === "" || /^[^,]+,[^,]+,\s*\d{1,4}\s*$/.test(target) ? {} : { target: w.extensions.badPlace }),
    }),
    send: async ({ name, title, target }) => {
      if (extension) await putInPlaceOf<Extension>(`/api/v1/extensions/${encodeURIComponent(extension.name)}`, extension, { title, target }, onStale);
      else await change("POST", "/api/v1/extensions", { name, title, target });
      onSaved();
    },
  });
  return (
    <Dialog title={extension ? w.extensions.editTitle(extension.name) : w.extensions.add} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        onCancel={onClose}
        onSaved={() => {
          tell(w.extensions.saved(draft.value.name));
          onClose();
        }}
      >
        {!extension && <TextField draft={draft} name="name" label={w.extensions.name} hint={w.extensions.nameHint} />}
        <TextField draft={draft} name="title" label={w.extensions.title} hint={w.extensions.titleHint} />
        <TextField draft={draft} name="target" label={w.extensions.place} hint={w.extensions.placeHint} />
      </RecordForm>
    </Dialog>
  );
}
