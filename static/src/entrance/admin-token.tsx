// The admin token opens the pages as long as nobody owns the installation.
import { signIn } from "../api/session";
import { Form, SecretField } from "./fields";
import { useForm } from "./form";

const WRONG = "This is not the admin token. It was printed at the first start; “cordboard token” makes a new one.";

/** The quiet second way in. Where it leads is main.tsx's business. */
export function AdminToken({ onDone }: { onDone?: () => void }) {
  const state = useForm({
    required: { token: "Paste the admin token first." },
    send: async (values) => {
      await signIn({ token: values("token").trim() });
      onDone?.();
    },
    meaning: ({ status }) => (status === 401 ? { token: WRONG } : null),
  });
  return (
    <details>
      <summary>Use the admin token instead</summary>
      <Form state={state} verb="Look around">
        <SecretField
          state={state}
          name="token"
          label="Admin token"
          help="The server printed it at its first start and keeps it in its data folder. It opens these pages until there is an owner."
          autocomplete="off"
        />
      </Form>
    </details>
  );
}
