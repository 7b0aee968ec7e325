// `/reset`: a new password, by a link that is mailed.
import { useEffect, useState } from "preact/hooks";
import { askForPassword, askRegistration, setPassword } from "../api/entrance";
import { forgetSession } from "../api/signing";
import { useFirstField } from "../app/form/first-field";
import { Heading } from "../app/parts";
import { Form, NewPasswordField, TextField } from "./fields";
import { useForm } from "./form";
import { useLink } from "./link";
import { Notice, Told } from "./told";
import { Way } from "./way";
import { w } from "./words";

/** The page: it asks for the address, or for the new password if a link has brought its token. */
export function ResetPage() {
  const { token, stage, over } = useLink<"open" | "gone" | "set">("open");
  useEffect(() => void askRegistration(), []);
  if (token !== null) return <NewPassword key={token} token={token} onOver={over} />;
  if (stage === "set") return <IsSet />;
  return <Ask isAgain={stage === "gone"} />;
}

function Ask({ isAgain }: { isAgain: boolean }) {
  const [asked, setAsked] = useState<string | null>(null);
  const state = useForm({
    required: { email: w.required.email },
    send: async (values) => {
      const email = values("email").trim();
      await askForPassword(email);
      setAsked(email);
    },
  });
  if (asked !== null) {
    const [before, email, after] = w.reset.mailedText(asked);
    return (
      <>
        <Heading title={w.reset.mailed}>{w.reset.mailed}</Heading>
        <Notice>
          <p>
            {before}
            <strong>{email}</strong>
            {after}
          </p>
        </Notice>
        <p class="meta">{w.reset.noMail}</p>
        <SignIn />
      </>
    );
  }
  return (
    <>
      <Heading title={isAgain ? w.reset.over : w.newPassword}>
        {isAgain ? w.reset.overHeading : w.reset.heading}
      </Heading>
      {isAgain ? (
        <Notice>
          <p>{w.reset.overText}</p>
        </Notice>
      ) : (
        <p>{w.reset.lead}</p>
      )}
      <Form state={state} verb={w.reset.verb}>
        <TextField state={state} name="email" label={w.email} type="email" autocomplete="username" />
      </Form>
      <SignIn />
    </>
  );
}

function NewPassword({ token, onOver }: { token: string; onOver: (how: "gone" | "set") => void }) {
  const state = useForm({
    required: { password: w.required.newPassword },
    send: async (values) => {
      await setPassword(token, values("password"));
      // All sign-ins have ended, including this browser's.
      forgetSession();
      onOver("set");
    },
    meaning: ({ status }) => {
      if (status !== 404) return null;
      onOver("gone");
      return {};
    },
  });
  useFirstField(state.form);
  return (
    <>
      <Heading title={w.newPassword}>{w.reset.chooseHeading}</Heading>
      <p>{w.reset.chooseText}</p>
      <Form state={state} verb={w.reset.set}>
        <NewPasswordField state={state} label={w.newPassword} />
      </Form>
    </>
  );
}

function IsSet() {
  return (
    <Told title={w.reset.isSet} heading={w.reset.isSetHeading} text={w.reset.isSetText}>
      <SignIn />
    </Told>
  );
}

function SignIn() {
  return <Way href="/login">{w.signIn}</Way>;
}
