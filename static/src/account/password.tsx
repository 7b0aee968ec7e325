// A new password: with the current one or, if that is forgotten, by a link that is mailed.
import { useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { me, renewMe } from "../api/me";
import { NewPasswordBody } from "../api/rules";
import { RecordForm, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { throwAt } from "../app/form/meant";
import { useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { t } from "./words";

interface Fields {
  present: string;
  password: string;
  again: string;
}

/** The section of the page. `onChanged`: called when all other sign-ins have ended. */
export function Password({ email, onChanged }: { email: string; onChanged: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [notice, setNotice] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const mail = async () => {
    if (busy) return;
    setBusy(true);
    setNotice("");
    setFault("");
    try {
      // The server says nothing about an address that is nobody's any more.
      await renewMe();
      const current = me.peek()?.user?.email ?? email;
      await change("POST", "/api/v1/auth/password/forgot", { email: current });
      setNotice(t.mailed(current));
    } catch (error) {
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <Ruled title={t.password} text={t.passwordText}>
      {isOpen ? (
        <NewPassword
          onCancel={close}
          onDone={() => {
            tell(t.passwordSaved);
            close();
            onChanged();
          }}
        />
      ) : (
        <p class="acts">
          <button type="button" ref={opener} onClick={() => setOpen(true)}>
            <Icon name="key" />
            {t.changePassword}
          </button>
          <button type="button" class="plain" aria-disabled={busy} onClick={() => void mail()}>
            <Icon name="mail" />
            {t.mailLink}
          </button>
        </p>
      )}
      <p class="mailed" role="status">
        {notice}
      </p>
      {fault !== "" && (
        <p class="error" role="alert">
          {fault}
        </p>
      )}
    </Ruled>
  );
}

function NewPassword({ onCancel, onDone }: { onCancel: () => void; onDone: () => void }) {
  const draft = useDraft<Fields>({
    value: { present: "", password: "", again: "" },
    rules: { ...NewPasswordBody, again: {} },
    guards: false,
    check: ({ present, password, again }): Record<string, string> => ({
      ...(present === "" ? { present: t.presentNeeded } : {}),
      ...(password !== again ? { again: t.notTheSame } : {}),
    }),
    send: ({ present, password }) =>
      change("POST", "/api/v1/auth/password", { present, password }).catch((error: unknown) =>
        throwAt(error, { wrong_credentials: { field: "present", reason: t.presentWrong } }),
      ),
  });
  useFirstField(draft.form);
  return (
    <div class="edit changed">
      <RecordForm draft={draft} label={t.changePassword} verb={t.setPassword} onCancel={onCancel} onSaved={onDone}>
        <TextField draft={draft} name="present" label={t.present} type="password" autocomplete="current-password" />
        <TextField draft={draft} name="password" label={t.newPassword} type="password" autocomplete="new-password" hint={t.newPasswordHint} />
        <TextField draft={draft} name="again" label={t.again} type="password" autocomplete="new-password" />
      </RecordForm>
    </div>
  );
}
