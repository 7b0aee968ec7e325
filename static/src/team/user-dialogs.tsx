// Changing a user, helping them to sign in, and removing them together with what they have created.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { Belonging, Page, User } from "../api/model";
import { NewEmailBody, PasswordBody, UserChange } from "../api/rules";
import { Dialog } from "../app/dialog";
import { RecordForm, SelectField, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { throwAt } from "../app/form/meant";
import { useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { useAll, useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { mayGive, ROLES } from "./people";
import { w } from "./words";

/** Name, role, and whether they may sign in. `onStale` reloads the user when somebody else has changed them. */
export function UserDialog(props: { user: User; onClose: () => void; onSaved: (user: User) => void; onStale: () => void }) {
  const { user, onClose, onSaved, onStale } = props;
  const draft = useDraft<Pick<User, "name" | "role" | "status">>({
    value: { name: user.name, role: user.role, status: user.status },
    rules: UserChange,
    // The request replaces the whole user: somebody else's change in the meantime, such as disabling them, must stay.
    follows: true,
    send: async (value) => {
      const saved = await putInPlaceOf<User>(`/api/v1/users/${user.id}`, user, value, onStale);
      if (saved) onSaved(saved);
    },
  });
  return (
    <Dialog title={w.people.edit(user.name)} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        onCancel={onClose}
        onSaved={() => {
          tell(w.people.saved(draft.value.name));
          onClose();
        }}
      >
        <TextField draft={draft} name="name" label={w.people.name} />
        <SelectField
          draft={draft}
          name="role"
          label={w.people.role}
          hint={w.roleHints[draft.value.role]}
          choices={ROLES.filter(mayGive).map((role) => ({ value: role, label: w.roles[role] }))}
        />
        <div class="field lever-field">
          <label>
            <input
              type="checkbox"
              role="switch"
              name="status"
              class="lever"
              checked={draft.value.status === "active"}
              aria-describedby="status-hint"
              onChange={(event) => draft.set("status", event.currentTarget.checked ? "active" : "disabled")}
            />
            <span>{w.people.status}</span>
          </label>
          <p id="status-hint" class="hint">
            {w.people.statusHint}
          </p>
        </div>
      </RecordForm>
    </Dialog>
  );
}

function atItsField(fault: unknown): never {
  throwAt(fault, {
    wrong_credentials: { field: "password", reason: w.people.passwordWrong },
    email_taken: { field: "email", reason: w.people.emailTaken },
  });
}

/** For a user who has lost their phone and their recovery codes: asks for confirmation, and for the password of the user who helps. */
export function FactorDialog(props: { user: User; onClose: () => void; onRemoved: () => void }) {
  const { user, onClose, onRemoved } = props;
  const draft = useDraft<{ password: string }>({
    value: { password: "" },
    rules: PasswordBody,
    guards: false,
    send: (value) => change("POST", `/api/v1/users/${user.id}/totp/remove`, value).catch(atItsField),
  });
  useFirstField(draft.form);
  return (
    <Dialog title={w.people.unlockTitle(user.name)} onClose={onClose}>
      <RecordForm
        draft={draft}
        verb={common.act.remove}
        onCancel={onClose}
        onSaved={() => {
          tell(w.people.unlocked(user.name));
          onRemoved();
          onClose();
        }}
      >
        <p>{w.people.unlockText}</p>
        <TextField draft={draft} name="password" type="password" autocomplete="current-password" label={w.people.yourPassword} />
      </RecordForm>
    </Dialog>
  );
}

/** For a user who has lost access to their mailbox, or where no mail is sent: asks for the new address, and for the password of the user who helps. */
export function EmailDialog(props: { user: User; onClose: () => void; onSaved: (user: User) => void }) {
  const { user, onClose, onSaved } = props;
  const draft = useDraft<{ email: string; password: string }>({
    value: { email: "", password: "" },
    rules: NewEmailBody,
    guards: false,
    send: async (value) => {
      const saved = await change<User>("POST", `/api/v1/users/${user.id}/email`, value).catch(atItsField);
      if (!saved) return;
      tell(w.people.emailSet(saved.name, saved.email));
      onSaved(saved);
    },
  });
  useFirstField(draft.form);
  return (
    <Dialog title={w.people.setEmail(user.name)} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm draft={draft} onCancel={onClose} onSaved={onClose}>
        <p>{w.people.setEmailText}</p>
        <TextField draft={draft} name="email" type="email" label={w.people.newEmail} />
        <TextField draft={draft} name="password" type="password" autocomplete="current-password" label={w.people.yourPassword} />
      </RecordForm>
    </Dialog>
  );
}

/** The user's things are listed first, and are either given to somebody or ended. */
export function RemoveDialog(props: { user: User; onClose: () => void; onRemoved: () => void }) {
  const { user, onClose, onRemoved } = props;
  const all = useAll<User>("/api/v1/users", 200);
  const others = (all.value ?? []).filter(({ id, status }) => id !== user.id && status === "active");
  const loaded = useLoaded<Page<Belonging>>(`/api/v1/users/${user.id}/belongings`);
  const [heir, setHeir] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const things = loaded.value?.items ?? [];
  const isKnown = loaded.value !== null && all.value !== null;
  const theirs = things.filter(({ made }) => made === "by_them");
  const remove = async () => {
    setBusy(true);
    try {
      const query = heir === "" ? "" : `?hand_over_to=${encodeURIComponent(heir)}`;
      await change("DELETE", `/api/v1/users/${user.id}${query}`);
      tell(w.people.removed(user.name));
      onRemoved();
      onClose();
    } catch (problem) {
      setFault(messageOf(problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title={w.people.removeTitle(user.name)} onClose={onClose}>
      <div class="record">
        <p>{w.people.removeText}</p>
        {!loaded.value && loaded.fault === "" && <Skeleton rows={2} />}
        {loaded.fault !== "" && <Failed message={loaded.fault} onRetry={() => void loaded.again()} />}
        {all.fault !== "" && <Failed message={all.fault} onRetry={() => void all.again()} />}
        {loaded.value && theirs.length === 0 && <p class="muted">{w.people.nothingTheirs}</p>}
        {theirs.length > 0 && (
          <>
            <p>{w.people.theirs}</p>
            <ul class="belongings">
              {theirs.map(({ kind, id, name, without_maker: fate }) => (
                <li key={`${kind}-${id}`}>
                  <span class="caps">{w.people.kinds[kind]}</span>
                  <span class="what" dir="auto">
                    {name}
                  </span>
                  {heir === "" && <span class="meta">{w.people.fates[fate]}</span>}
                </li>
              ))}
            </ul>
            <div class="field">
              <label for="heir">{w.people.heir}</label>
              <select
                id="heir"
                value={heir}
                aria-describedby="heir-hint"
                onChange={(event) => {
                  setHeir(event.currentTarget.value);
                  setFault("");
                }}
              >
                <option value="">{w.people.nobody}</option>
                {others.map(({ id, name, role }) => (
                  <option key={id} value={id}>
                    {`${name} · ${w.roles[role]}`}
                  </option>
                ))}
              </select>
              <p id="heir-hint" class="hint">
                {heir === "" ? w.people.endsHint : w.people.heirHint}
              </p>
            </div>
          </>
        )}
        <p class="error" role="alert">
          {fault}
        </p>
        <div class="acts">
          <button type="button" onClick={onClose}>
            {common.act.cancel}
          </button>
          <button type="button" class="danger" aria-disabled={busy || !isKnown} onClick={() => isKnown && !busy && void remove()}>
            {common.act.remove}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
