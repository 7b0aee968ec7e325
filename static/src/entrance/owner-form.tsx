// A new owner with their organization: the form of the pages `/setup` and `/register`.
import { useState } from "preact/hooks";
import { register } from "../api/entrance";
import type { Problem } from "../api/client";
import { useFirstField } from "../app/form/first-field";
import { handed } from "../app/handed";
import { go } from "../app/router";
import { Form, NewPasswordField, SecretField, TextField } from "./fields";
import { ALL, type Faults, useForm } from "./form";
import { w } from "./words";

/** The form; `by` says whether a setup token is required. */
export function OwnerForm({ by }: { by: "setup token" | "nobody" }) {
  // A link has brought the token: it stays hidden unless it is refused.
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
      ...(by === "setup token" && isTyped ? { setup_token: w.required.setupToken } : {}),
      email: w.required.email,
      password: w.required.newPassword,
      name: w.required.name,
      organization: w.required.organization,
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
  useFirstField(state.form);
  return (
    <Form state={state} verb={w.owner.verb}>
      {by === "setup token" && isTyped && (
        <SecretField
          state={state}
          name="setup_token"
          label={w.owner.setupToken}
          help={w.owner.setupTokenHint}
          autocomplete="off"
        />
      )}
      <TextField state={state} name="email" label={w.email} type="email" autocomplete="username" />
      <NewPasswordField state={state} />
      <TextField state={state} name="name" label={w.name} autocomplete="name" />
      <TextField
        state={state}
        name="organization"
        label={w.organization}
        help={w.organizationHint}
        autocomplete="organization"
      />
    </Form>
  );
}
