// `/login`: e-mail and password, then a code if the account requires one.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { signIn } from "../api/signing";
import { useFirstField } from "../app/form/first-field";
import { Heading } from "../app/parts";
import { go } from "../app/router";
import { AdminToken } from "./admin-token";
import { Form, SecretField, TextField } from "./fields";
import { useForm } from "./form";
import { w } from "./words";

/** The accepted entries, while the code is requested. */
interface Known {
  email: string;
  password: string;
}

/** The page. main.tsx decides where it leads afterwards. */
export function LoginPage() {
  useEffect(() => void askRegistration(), []);
  const rules = registration.value;
  const isClosed = rules?.registration === "closed";
  const isFirst = rules !== null && !rules.has_owner && !rules.has_users && !isClosed;
  useEffect(() => {
    if (isFirst) go("/setup", "replace");
  }, [isFirst]);
  return (
    <SignInSteps
      heading={<Heading title={w.signIn}>{w.signIn}</Heading>}
      codeHeading={<Heading title={w.code.title}>{w.code.heading}</Heading>}
    >
      <nav class="ways" aria-label={w.other}>
        <a class="alone" href="/reset">
          {w.login.forgotten}
        </a>
        {rules?.registration === "open" && (
          <a class="alone" href="/register">
            {w.login.register}
          </a>
        )}
      </nav>
      {isClosed && !rules.has_users && (
        <p class="meta">{w.login.nobody}</p>
      )}
      {rules?.has_owner === false && <AdminToken />}
    </SignInSteps>
  );
}

/** The two steps of signing in. `children`: other ways, below the first one. */
export function SignInSteps(props: {
  /** The address of the user who is expected. */
  email?: string | undefined;
  heading?: ComponentChildren;
  codeHeading?: ComponentChildren;
  children: ComponentChildren;
}) {
  const [known, setKnown] = useState<Known | null>(null);
  const [email, setEmail] = useState(props.email);
  if (known) {
    const back = () => {
      setEmail(known.email);
      setKnown(null);
    };
    return <Code known={known} heading={props.codeHeading} onBack={back} />;
  }
  return (
    <>
      {props.heading}
      <Password email={email} onCode={setKnown} />
      {props.children}
    </>
  );
}

function Password({ email, onCode }: { email: string | undefined; onCode: (known: Known) => void }) {
  const state = useForm({
    required: { email: w.required.email, password: w.required.password },
    send: async (values) => {
      await signIn({ email: values("email").trim(), password: values("password") });
    },
    meaning: ({ code }, values) => {
      if (code === "totp_required") {
        onCode({ email: values("email").trim(), password: values("password") });
        return {};
      }
      return code === "wrong_credentials" ? { password: w.login.wrong } : null;
    },
  });
  useFirstField(state.form);
  return (
    <Form state={state} verb={w.signIn}>
      <TextField state={state} name="email" label={w.email} type="email" autocomplete="username" value={email} />
      <SecretField state={state} name="password" label={w.password} autocomplete="current-password" />
    </Form>
  );
}

/** The second step. */
function Code({ known, heading, onBack }: { known: Known; heading: ComponentChildren; onBack: () => void }) {
  const [kind, setKind] = useState<"app" | "recovery">("app");
  const wrong = { app: w.code.wrong, recovery: w.code.recoveryWrong };
  const [before, email, after] = w.code.lead(known.email);
  const state = useForm({
    required: { code: w.required.code },
    send: (values) => signIn({ ...known, code: values("code").trim() }),
    meaning: ({ code }) => (code === "wrong_credentials" ? { code: wrong[kind] } : null),
  });
  useLayoutEffect(() => state.form.current?.querySelector<HTMLElement>("#code")?.focus(), [kind]);
  return (
    <>
      {heading}
      <p>
        {before}
        <strong>{email}</strong>
        {after}
      </p>
      <Form state={state} verb={w.signIn}>
        {kind === "app" ? (
          <TextField
            key="app"
            state={state}
            name="code"
            label={w.code.label}
            help={w.code.hint}
            autocomplete="one-time-code"
            digits
          />
        ) : (
          <TextField
            key="recovery"
            state={state}
            name="code"
            label={w.code.recovery}
            help={w.code.recoveryHint}
            autocomplete="off"
          />
        )}
      </Form>
      <div class="ways">
        <button type="button" class="plain" onClick={() => setKind(kind === "app" ? "recovery" : "app")}>
          {kind === "app" ? w.code.useRecovery : w.code.useApp}
        </button>
        <button type="button" class="plain" onClick={onBack}>
          {w.code.back}
        </button>
      </div>
    </>
  );
}
