// A new e-mail address: it counts once the link that is mailed there is used. At a server without mail, users who may change users set their own.
import { useRef, useState } from "preact/hooks";
import { change, Problem } from "../api/client";
import { may } from "../api/me";
import type { SignedIn, User } from "../api/model";
import { NewEmailBody } from "../api/rules";
import { RecordForm, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { throwAt } from "../app/form/meant";
import { useDraft } from "../app/form/record";
import { Icon } from "../app/icons";
import { Ruled } from "../house/parts";
import { know } from "./page";
import { t } from "./words";

interface Fields {
  email: string;
  password: string;
}

/** The section of the page. `onChanged`: called when all other sign-ins have ended. */
export function Email({ user, onChanged }: { user: SignedIn; onChanged: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const [notice, setNotice] = useState("");
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <Ruled title={t.address} text={t.addressText}>
      {isOpen ? (
        <NewEmail
          user={user}
          onCancel={close}
          onMailed={(email) => {
            setNotice(t.addressMailed(email));
            close();
          }}
          onSet={(saved) => {
            know(saved);
            setNotice(t.addressSet(saved.email));
            close();
            onChanged();
          }}
        />
      ) : (
        <p class="acts">
          <button
            type="button"
            ref={opener}
            onClick={() => {
              setNotice("");
              setOpen(true);
            }}
          >
            <Icon name="mail" />
            {t.changeAddress}
          </button>
        </p>
      )}
      <p class="mailed" role="status">
        {notice}
      </p>
    </Ruled>
  );
}

function NewEmail(props: { user: SignedIn; onCancel: () => void; onMailed: (email: string) => void; onSet: (user: User) => void }) {
  const { user, onCancel, onMailed, onSet } = props;
  const draft = useDraft<Fields>({
    value: { email: "", password: "" },
    rules: NewEmailBody,
    guards: false,
    check: ({ email, password }): Record<string, string> => ({
      ...(email.trim() === "" ? { email: t.addressNeeded } : {}),
      ...(email.trim().toLowerCase() === user.email ? { email: t.addressSame } : {}),
      ...(password === "" ? { password: t.presentNeeded } : {}),
    }),
    send: async (value) => {
      try {
        await change("POST", "/api/v1/auth/email", value);
        onMailed(value.email.trim());
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "no_mail_server") atItsField(error);
        if (!may("users_write")) throw new Problem(error.status, t.addressNoMail, null);
        const saved = await change<User>("POST", `/api/v1/users/${user.id}/email`, value).catch(atItsField);
        if (saved) onSet(saved);
      }
    },
  });
  useFirstField(draft.form);
  return (
    <div class="edit changed">
      <RecordForm draft={draft} label={t.changeAddress} verb={t.goOn} onCancel={onCancel}>
        <TextField draft={draft} name="email" type="email" label={t.newAddress} autocomplete="email" />
        <TextField draft={draft} name="password" type="password" autocomplete="current-password" label={t.yourPassword} />
      </RecordForm>
    </div>
  );
}

function atItsField(error: unknown): never {
  throwAt(error, {
    wrong_credentials: { field: "password", reason: t.presentWrong },
    email_taken: { field: "email", reason: t.addressTaken },
  });
}
