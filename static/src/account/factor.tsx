// The second factor: offered as a QR code, confirmed with its first code, and removed with the password.
import { useEffect, useRef, useState } from "preact/hooks";
import { change } from "../api/client";
import type { SignedIn, TotpOffer } from "../api/model";
import { CodeBody, PasswordBody } from "../api/rules";
import { RecordForm, TextField } from "../app/form/fields";
import { useFirstField } from "../app/form/first-field";
import { throwAt } from "../app/form/meant";
import { useDraft } from "../app/form/record";
import { copy } from "../app/copy";
import { download } from "../app/download";
import { useHeldPage } from "../app/guard-leaving";
import { Icon } from "../app/icons";
import { tell } from "../app/toasts";
import { w } from "../app/words";
import { Lamp, Ruled } from "../house/parts";
import { know } from "./page";
import { QrCode } from "./qr";
import { t } from "./words";

type Step = { at: "rest" } | { at: "asks"; what: "add" | "remove" } | { at: "scan"; offer: TotpOffer } | { at: "codes"; codes: string[] };

/** The section of the page. */
export function SecondFactor({ user }: { user: SignedIn }) {
  const [step, setStep] = useState<Step>({ at: "rest" });
  const act = useRef<HTMLButtonElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (step.at !== "rest") moved.current = true;
    else if (moved.current) act.current?.focus();
  }, [step.at]);
  const rest = () => setStep({ at: "rest" });
  return (
    <Ruled title={t.factor} text={t.factorText}>
      <Lamp is={user.has_totp ? "on" : "off"}>{user.has_totp ? t.factorOn : t.factorOff}</Lamp>
      {step.at === "rest" && (
        <button ref={act} type="button" onClick={() => setStep({ at: "asks", what: user.has_totp ? "remove" : "add" })}>
          <Icon name={user.has_totp ? "remove" : "shield"} />
          {user.has_totp ? t.remove : t.add}
        </button>
      )}
      {step.at === "asks" && step.what === "add" && (
        <ByPassword
          verb={t.goOn}
          path="/api/v1/auth/totp"
          onCancel={rest}
          onDone={(offer) => setStep({ at: "scan", offer: offer as TotpOffer })}
        />
      )}
      {step.at === "asks" && step.what === "remove" && (
        <ByPassword
          verb={t.remove}
          path="/api/v1/auth/totp/remove"
          onCancel={rest}
          onDone={() => {
            know({ ...user, has_totp: false });
            tell(t.removed);
            rest();
          }}
        />
      )}
      {step.at === "scan" && (
        <Scan
          offer={step.offer}
          onCancel={rest}
          onDone={(codes) => {
            know({ ...user, has_totp: true });
            tell(t.isOn);
            setStep({ at: "codes", codes });
          }}
        />
      )}
      {step.at === "codes" && <Codes codes={step.codes} email={user.email} onDone={rest} />}
    </Ruled>
  );
}

function ByPassword(props: { verb: string; path: string; onCancel: () => void; onDone: (answer: unknown) => void }) {
  const draft = useDraft<{ password: string }>({
    value: { password: "" },
    rules: PasswordBody,
    guards: false,
    send: async (value) => {
      const wrong = { wrong_credentials: { field: "password", reason: t.presentWrong } };
      props.onDone(await change("POST", props.path, value).catch((fault: unknown) => throwAt(fault, wrong)));
    },
  });
  useFirstField(draft.form);
  return (
    <RecordForm draft={draft} verb={props.verb} label={t.factor} onCancel={props.onCancel}>
      <TextField draft={draft} name="password" type="password" autocomplete="current-password" label={t.yourPassword} />
    </RecordForm>
  );
}

function Scan(props: { offer: TotpOffer; onCancel: () => void; onDone: (codes: string[]) => void }) {
  const { secret, url } = props.offer;
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  const draft = useDraft<{ code: string }>({
    value: { code: "" },
    rules: CodeBody,
    guards: false,
    send: async ({ code }) => {
      const body = { code: code.replace(/\s/g, "") };
      const wrong = { wrong_credentials: { field: "code", reason: t.codeWrong } };
      const made = await change<{ recovery_codes: string[] }>("POST", "/api/v1/auth/totp/confirm", body).catch((fault: unknown) =>
        throwAt(fault, wrong),
      );
      props.onDone(made?.recovery_codes ?? []);
    },
  });
  return (
    <div class="scan wide">
      <QrCode text={url} name={t.qr} />
      <div class="steps">
        <h3 ref={head} tabIndex={-1}>
          {t.scanTitle}
        </h3>
        <p class="soft">{t.scan}</p>
        <p class="soft">{t.typeIt}</p>
        <p class="typed">
          <code dir="ltr">{secret.replace(/(.{4})(?=.)/g, "$1 ")}</code>
          <button type="button" class="btn quiet small" onClick={() => void copy(secret)}>
            <Icon name="copy" />
            {w.act.copy}
          </button>
        </p>
        <RecordForm draft={draft} verb={t.confirm} label={t.scanTitle} onCancel={props.onCancel}>
          <TextField draft={draft} name="code" autocomplete="one-time-code" label={t.code} />
        </RecordForm>
      </div>
    </div>
  );
}

function Codes({ codes, email, onDone }: { codes: string[]; email: string; onDone: () => void }) {
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  // Nobody sees them again, so leaving asks until the user says that they have them.
  useHeldPage(true);
  const text = codes.join("\n");
  const save = () => download(new Blob([`${t.fileHead(email)}\n\n${text}\n`], { type: "text/plain" }), t.downloadName);
  return (
    <div class="shown-once wide" role="group" aria-label={t.recovery}>
      <h3 ref={head} tabIndex={-1} class="name">
        <Icon name="key" />
        {t.recovery}
      </h3>
      <p class="soft">{t.recoveryText}</p>
      <ol class="codes" dir="ltr">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <p class="acts">
        <button type="button" class="primary" onClick={save}>
          <Icon name="download" />
          {t.download}
        </button>
        <button type="button" onClick={() => void copy(text)}>
          <Icon name="copy" />
          {w.act.copy}
        </button>
        <button type="button" onClick={onDone}>
          {t.keptCodes}
        </button>
      </p>
    </div>
  );
}
