// The admin token opens the pages as long as the installation has no owner.
import { signIn } from "../api/signing";
import { Form, SecretField } from "./fields";
import { useForm } from "./form";
import { w } from "./words";

/** The inconspicuous second way to sign in. main.tsx decides where it leads. */
export function AdminToken({ onDone }: { onDone?: () => void }) {
  const state = useForm({
    required: { token: w.required.adminToken },
    send: async (values) => {
      await signIn({ token: values("token").trim() });
      onDone?.();
    },
    meaning: ({ status }) => (status === 401 ? { token: w.adminToken.wrong } : null),
  });
  return (
    <details>
      <summary>{w.adminToken.instead}</summary>
      <Form state={state} verb={w.adminToken.verb}>
        <SecretField
          state={state}
          name="token"
          label={w.adminToken.label}
          help={w.adminToken.hint}
          autocomplete="off"
        />
      </Form>
    </details>
  );
}
