// Sign-in with the admin token.
import { useEffect, useRef, useState } from "preact/hooks";
import { signIn } from "../api/session";
import { Mark } from "../app/icons";
import { Heading } from "../app/parts";

/** The page `/login`. Where it leads afterwards is main.tsx's business. */
export function LoginPage() {
  const field = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [waitS, setWaitS] = useState(0);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (waitS <= 0) return undefined;
    const timer = setTimeout(() => setWaitS(waitS - 1), 1_000);
    return () => clearTimeout(timer);
  }, [waitS]);

  const submit = async (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token === "") {
      setError("Paste the admin token first.");
      field.current?.focus();
      return;
    }
    setBusy(true);
    const outcome = await signIn(token);
    setBusy(false);
    if (outcome.done) return;
    setError(outcome.message);
    setWaitS(outcome.waitS ?? 0);
    field.current?.focus();
    field.current?.select();
  };
  const waiting = waitS > 0 ? ` Try again in ${waitS} ${waitS === 1 ? "second" : "seconds"}.` : "";
  return (
    <div class="sign-in">
      <main class="card">
        <header>
          <span class="brand">
            <Mark />
            Cordboard
          </span>
          <Heading title="Sign in">Sign in</Heading>
        </header>
        <form onSubmit={submit} noValidate>
          <div class="field">
            <label for="token">Admin token</label>
            <div class="with-button">
              <input
                id="token"
                ref={field}
                {...(shown ? { type: "text" as const } : { type: "password" as const })}
                autocomplete="current-password"
                autocapitalize="off"
                spellcheck={false}
                required
                aria-invalid={error !== ""}
                aria-describedby="token-error token-help"
              />
              <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
                Show
              </button>
            </div>
            <p id="token-error" class="error" role="alert">
              {error === "" ? "" : error + waiting}
            </p>
            <p id="token-help" class="meta">
              The server printed it at its first start and keeps it in its data folder.
            </p>
          </div>
          <button type="submit" class="primary" disabled={busy || waitS > 0}>
            Sign in
          </button>
        </form>
      </main>
    </div>
  );
}
