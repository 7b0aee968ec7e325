// A new owner with their organization: the form of the pages `/setup` and `/register`.
import { useEffect, useState } from "preact/hooks";
import { register } from "../api/entrance";
import type { Problem } from "../api/client";
import { handed } from "../app/handed";
import { go } from "../app/router";
import { Form, NewPasswordField, SecretField, TextField } from "./fields";
import { ALL, type Faults, useForm } from "./form";

/** The form; `by` says whether a setup token is asked for. */
export function OwnerForm({ by }: { by: "setup token" | "nobody" }) {
  // A link has brought the token: nobody has to see it, unless it is refused.
  const [isTyped, setTyped] = useState(handed.peek() === null);
  const meaning = ({ code, message }: Problem): Faults | null => {
    if (code === "email_taken") return { email: message };
    if (code !== "not_allowed") return null;
    if (by === "nobody") return { [ALL]: message };
    setTyped(true);
    return { setup_token: message };
  };
  const state = useForm({
    required: {
      ...(by === "setup token" && isTyped ? { setup_token: "Paste the setup token that the server printed." } : {}),
      email: "Write your e-mail address.",
      password: "Choose a password.",
      name: "Write your name.",
      organization: "Write your organization's name.",
    },
    send: async (values) => {
      const [email, name, organization] = [values("email"), values("name"), values("organization")].map((text) => text.trim());
      const owner = { email: email ?? "", name: name ?? "", organization: organization ?? "", password: values("password") };
      const token = isTyped ? values("setup_token").trim() : handed.peek();
      await register(by === "setup token" && token ? { ...owner, setup_token: token } : owner);
      handed.value = null;
      go("/welcome", "replace");
    },
    meaning,
  });
  useEffect(() => state.form.current?.querySelector("input")?.focus(), []);
  return (
    <Form state={state} verb="Make the account">
      {by === "setup token" && isTyped && (
        <SecretField
          state={state}
          name="setup_token"
          label="Setup token"
          help="The server printed it at its start, with a link that brings it here."
          autocomplete="off"
        />
      )}
      <TextField state={state} name="email" label="E-mail address" type="email" autocomplete="username" />
      <NewPasswordField state={state} />
      <TextField state={state} name="name" label="Your name" autocomplete="name" />
      <TextField
        state={state}
        name="organization"
        label="Your organization"
        help="As callers know it, as Lovelace Plumbing."
        autocomplete="organization"
      />
    </Form>
  );
}
