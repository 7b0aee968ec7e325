// `/login`: e-mail and password, then a code where the account asks for one.
import { useEffect, useState } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { signIn } from "../api/session";
import { Heading } from "../app/parts";
import { go } from "../app/router";
import { AdminToken } from "./admin-token";
import { Form, SecretField, TextField } from "./fields";
import { useForm } from "./form";

/** What was right so far, while the code is asked for. */
interface Known {
  email: string;
  password: string;
}

/** The page. Where it leads afterwards is main.tsx's business. */
export function LoginPage() {
  const [known, setKnown] = useState<Known | null>(null);
  const [email, setEmail] = useState<string | undefined>(undefined);
  useEffect(() => void askRegistration(), []);
  const rules = registration.value;
  const isClosed = rules?.registration === "closed";
  const isFirst = rules !== null && !rules.has_owner && !rules.has_users && !isClosed;
  useEffect(() => {
    if (isFirst) go("/setup", "replace");
  }, [isFirst]);
  if (known) {
    const back = () => {
      setEmail(known.email);
      setKnown(null);
    };
    return <Code known={known} onBack={back} />;
  }
  return (
    <>
      <Heading title="Sign in">Sign in</Heading>
      <Password email={email} onCode={setKnown} />
      <nav class="ways" aria-label="Other ways">
        <a class="alone" href="/reset">
          Forgotten your password?
        </a>
        {rules?.registration === "open" && (
          <a class="alone" href="/register">
            Register an organization
          </a>
        )}
      </nav>
      {isClosed && !rules.has_users && (
        <p class="meta">
          Nobody has an account here yet, and nobody can register: on the server, “cordboard user add” makes one.
        </p>
      )}
      {rules?.has_owner === false && <AdminToken />}
    </>
  );
}

function Password({ email, onCode }: { email: string | undefined; onCode: (known: Known) => void }) {
  const state = useForm({
    required: { email: "Write your e-mail address.", password: "Write your password." },
    send: async (values) => {
      await signIn({ email: values("email").trim(), password: values("password") });
    },
    meaning: ({ code }, values) => {
      if (code === "totp_required") {
        onCode({ email: values("email").trim(), password: values("password") });
        return {};
      }
      return code === "wrong_credentials" ? { password: "E-mail address and password do not belong together." } : null;
    },
  });
  useEffect(() => state.form.current?.querySelector("input")?.focus(), []);
  return (
    <Form state={state} verb="Sign in">
      <TextField state={state} name="email" label="E-mail address" type="email" autocomplete="username" value={email} />
      <SecretField state={state} name="password" label="Password" autocomplete="current-password" />
    </Form>
  );
}

/** The second step. */
function Code({ known, onBack }: { known: Known; onBack: () => void }) {
  const [kind, setKind] = useState<"app" | "recovery">("app");
  const wrong = {
    app: "This code is not right, or was used already. Wait for the next one.",
    recovery: "This is none of your recovery codes, or it was used already.",
  };
  const state = useForm({
    required: { code: "Write the code." },
    send: (values) => signIn({ ...known, code: values("code").trim() }),
    meaning: ({ code }) => (code === "wrong_credentials" ? { code: wrong[kind] } : null),
  });
  useEffect(() => state.form.current?.querySelector<HTMLElement>("#code")?.focus(), [kind]);
  return (
    <>
      <Heading title="Sign in: code">One more step</Heading>
      <p>
        Signing in as <strong>{known.email}</strong> takes a code.
      </p>
      <Form state={state} verb="Sign in">
        {kind === "app" ? (
          <TextField
            key="app"
            state={state}
            name="code"
            label="Code"
            help="Six digits, from your authenticator app."
            autocomplete="one-time-code"
            digits
          />
        ) : (
          <TextField
            key="recovery"
            state={state}
            name="code"
            label="Recovery code"
            help="One of those that you kept, as abcd-efgh-jkmn-pqrs. Each holds once."
            autocomplete="off"
          />
        )}
      </Form>
      <div class="ways">
        <button type="button" class="plain" onClick={() => setKind(kind === "app" ? "recovery" : "app")}>
          {kind === "app" ? "Use a recovery code" : "Use the authenticator app"}
        </button>
        <button type="button" class="plain" onClick={onBack}>
          Back
        </button>
      </div>
    </>
  );
}
