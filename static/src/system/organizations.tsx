// The organizations of the installation, and since when one is suspended. The operator can suspend an organization, resume it, and delete a suspended
// one.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { InstalledOrganization } from "../api/model";
import { asSeen } from "../app/as-seen";
import { Dialog } from "../app/dialog";
import { RecordForm, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { Earlier, Further } from "../app/further";
import { useKeptFocus } from "../app/kept-focus";
import { useList } from "../app/load";
import { Confirm, Failed, Skeleton, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "./words";

const PATH = "/api/v1/organizations";

/** A row for each organization; the first one, which can't be suspended, has no button. */
export function Organizations() {
  // One that is being deleted disappears once nothing is left of it.
  const list = useList<InstalledOrganization>(PATH, ["organization"]);
  const [asked, setAsked] = useState<InstalledOrganization | null>(null);
  const [leaving, setLeaving] = useState<InstalledOrganization | null>(null);
  const [error, setError] = useState("");
  const isBusy = useRef(false);
  const { items } = list;
  // One that is being deleted has no buttons any more.
  useKeptFocus(items?.filter(({ deleting_since }) => deleting_since === null).length, "#organizations");
  const act = async ({ id, name, suspended_at }: InstalledOrganization) => {
    if (isBusy.current) return;
    isBusy.current = true;
    const suspends = suspended_at === null;
    try {
      const now = await change<InstalledOrganization>("POST", `${PATH}/${id}/${suspends ? "suspend" : "resume"}`);
      if (now) list.change((all) => all.map((one) => (one.id === id ? now : one)));
      setError("");
      tell(suspends ? w.organizations.isSuspended(name) : w.organizations.goesOn(name));
    } catch (fault) {
      setError(messageOf(fault));
    } finally {
      isBusy.current = false;
    }
  };
  return (
    <section class="panel" aria-labelledby="organizations">
      <div class="top">
        <h2 id="organizations" tabIndex={-1}>{w.organizations.title}</h2>
      </div>
      {!items && list.fault === "" && <Skeleton rows={2} />}
      <Earlier list={list} />
      {items && (
        <table class="table organizations" aria-labelledby="organizations">
          <thead>
            <tr>
              <th scope="col">{w.organization}</th>
              <th scope="col">{w.state}</th>
              <th scope="col">
                <span class="hidden">{w.organizations.acts}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((one) => (
              <Row key={one.id} organization={one} onAct={() => setAsked(one)} onDelete={() => setLeaving(one)} />
            ))}
          </tbody>
        </table>
      )}
      {list.fault !== "" && <Failed message={list.fault} onRetry={() => void (items ? list.renew() : list.again())} />}
      {list.fault === "" && <Further list={list} quiet />}
      <p class="error" role="alert">
        {error}
      </p>
      {asked && (
        <Confirm
          title={asked.suspended_at === null ? w.organizations.suspendAsk(asked.name) : w.organizations.resumeAsk(asked.name)}
          text={asked.suspended_at === null ? w.organizations.suspendText : w.organizations.resumeText}
          verb={asked.suspended_at === null ? w.organizations.suspend : w.organizations.resume}
          takes={asked.suspended_at === null ? "something" : "nothing"}
          onClose={() => setAsked(null)}
          onYes={() => void act(asked)}
        />
      )}
      {leaving && (
        <Deletion
          organization={leaving}
          onClose={() => setLeaving(null)}
          onBegun={(now) => list.change((all) => all.map((one) => (one.id === now.id ? now : one)))}
        />
      )}
    </section>
  );
}

/** Asks for the name of the organization that is to be deleted. */
function Deletion(props: { organization: InstalledOrganization; onClose: () => void; onBegun: (now: InstalledOrganization) => void }) {
  const { organization, onClose, onBegun } = props;
  const { id, name } = organization;
  const draft = useDraft<{ name: string }>({
    value: { name: "" },
    rules: { name: {} },
    guards: false,
    check: (typed): Faults => (asSeen(typed.name) === asSeen(name) ? {} : { name: w.organizations.otherName }),
    send: async () => {
      const now = await change<InstalledOrganization>("DELETE", `${PATH}/${id}?name=${encodeURIComponent(name)}`);
      if (now) onBegun(now);
    },
  });
  return (
    <Dialog title={w.organizations.deleteAsk(name)} onClose={onClose}>
      <RecordForm
        draft={draft}
        verb={w.organizations.delete}
        deletes
        onCancel={onClose}
        onSaved={() => {
          tell(w.organizations.isDeleted(name));
          onClose();
        }}
      >
        <p>{w.organizations.deleteText}</p>
        <TextField draft={draft} name="name" label={w.organizations.typeName} hint={name} />
      </RecordForm>
    </Dialog>
  );
}

function Row(props: { organization: InstalledOrganization; onAct: () => void; onDelete: () => void }) {
  const { organization, onAct, onDelete } = props;
  const { name, is_first, suspended_at, deleting_since } = organization;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {suspended_at === null ? (
          w.organizations.works
        ) : (
          <>
            <strong>{deleting_since === null ? w.organizations.suspended : w.organizations.deleting}</strong>{" "}
            <span class="meta">
              {w.since} <When at={deleting_since ?? suspended_at} />
            </span>
          </>
        )}
      </td>
      <td class="num">
        {!is_first && deleting_since === null && (
          <>
            {suspended_at !== null && (
              <>
                <button type="button" class="btn small" aria-label={w.organizations.deleteOne(name)} onClick={onDelete}>
                  {w.organizations.delete}
                </button>{" "}
              </>
            )}
            <button
              type="button"
              class="btn small"
              aria-label={suspended_at === null ? w.organizations.suspendOne(name) : w.organizations.resumeOne(name)}
              onClick={onAct}
            >
              {suspended_at === null ? w.organizations.suspend : w.organizations.resume}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}
