// `/reset`: a new password, by a link that is mailed.
import { useEffect, useState } from "preact/hooks";
import { askForPassword, askRegistration, setPassword } from "../api/entrance";
import { forgetSession } from "../api/session";
import { handed } from "../app/handed";
import { Heading } from "../app/parts";
import { Form, NewPasswordField, TextField } from "./fields";
import { useForm } from "./form";
import { Told } from "./told";

/** The page: it asks for the address, and takes the new password where a link has brought its token. */
export function ResetPage() {
  const token = handed.value;
  const [stage, setStage] = useState<"open" | "gone" | "set">("open");
  useEffect(() => void askRegistration(), []);
  useEffect(() => {
    if (token !== null) setStage("open");
  }, [token]);
  const over = (how: "gone" | "set") => {
    setStage(how);
    handed.value = null;
  };
  if (token !== null) return <NewPassword key={token} token={token} onOver={over} />;
  if (stage === "set") return <IsSet />;
  return <Ask isAgain={stage === "gone"} />;
}

function Ask({ isAgain }: { isAgain: boolean }) {
  const [asked, setAsked] = useState<string | null>(null);
  const state = useForm({
    required: { email: "Write your e-mail address." },
    send: async (values) => {
      const email = values("email").trim();
      await askForPassword(email);
      setAsked(email);
    },
  });
  if (asked !== null) {
    return (
      <>
        <Heading title="Look into your mail">Look into your mail</Heading>
        <Told>
          <p>
            If somebody signs in as <strong>{asked}</strong>, a mail with a link to a new password is on its way. The link holds
            once, and for an hour.
          </p>
        </Told>
        <p class="meta">No mail? Look at the address, and among unwanted mail. Then ask whoever runs this server.</p>
        <Ways />
      </>
    );
  }
  return (
    <>
      <Heading title={isAgain ? "Link over" : "New password"}>
        {isAgain ? "This link does not hold any more" : "A new password"}
      </Heading>
      {isAgain ? (
        <Told>
          <p>It was used, or is older than an hour, or a newer one was mailed. Ask for another.</p>
        </Told>
      ) : (
        <p>Write the address that you sign in with. A link to a new password is mailed to it.</p>
      )}
      <Form state={state} verb="Mail me a link">
        <TextField state={state} name="email" label="E-mail address" type="email" autocomplete="username" />
      </Form>
      <Ways />
    </>
  );
}

function NewPassword({ token, onOver }: { token: string; onOver: (how: "gone" | "set") => void }) {
  const state = useForm({
    required: { password: "Choose a password." },
    send: async (values) => {
      await setPassword(token, values("password"));
      // All sign-ins have ended, also one of this browser.
      forgetSession();
      onOver("set");
    },
    meaning: ({ status }) => {
      if (status !== 404) return null;
      onOver("gone");
      return {};
    },
  });
  useEffect(() => state.form.current?.querySelector("input")?.focus(), []);
  return (
    <>
      <Heading title="New password">Choose a new password</Heading>
      <p>Wherever you are signed in, that ends.</p>
      <Form state={state} verb="Set the password">
        <NewPasswordField state={state} label="New password" />
      </Form>
    </>
  );
}

function IsSet() {
  return (
    <>
      <Heading title="Password set">The password is set</Heading>
      <Told>
        <p>Sign in with it. Wherever you were signed in, that has ended.</p>
      </Told>
      <Ways />
    </>
  );
}

function Ways() {
  return (
    <nav class="ways" aria-label="Other ways">
      <a class="alone" href="/login">
        Sign in
      </a>
    </nav>
  );
}
