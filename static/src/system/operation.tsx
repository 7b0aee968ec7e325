// An operator's changes while the server runs: how much it logs, and whether it still accepts calls.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import type { LogLevel } from "../api/model";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";
import { secondsInWords } from "../words/people";
import { w } from "./words";

const LEVELS: LogLevel[] = ["error", "warn", "info", "debug", "trace"];
/** The longest time that calls may be given to finish, in seconds. */
const DRAIN_S_MAX = 3_600;

/** The log's level, until the next start. */
export function LogLevelForm() {
  const [level, setLevel] = useState<LogLevel | "">("");
  const [error, setError] = useState("");
  useEffect(() => {
    get<{ level: LogLevel }>("/api/v1/admin/log-level").then(
      (answer) => setLevel(answer.level),
      (fault: unknown) => setError(messageOf(fault)),
    );
  }, []);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await change("PUT", "/api/v1/admin/log-level", { level });
      setError("");
      tell(w.logSet(level));
    } catch (fault) {
      setError(messageOf(fault));
    }
  };
  return (
    <form onSubmit={submit}>
      <div class="inline-form">
        <div class="field">
          <label for="log-level">{w.logLevel}</label>
          <select
            id="log-level"
            value={level}
            aria-describedby="log-level-error"
            onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}
          >
            {LEVELS.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" disabled={level === ""}>
          {w.set}
        </button>
      </div>
      <p id="log-level-error" class="error" role="alert">
        {error}
      </p>
    </form>
  );
}

/** Lets calls finish and accepts no new ones. */
export function DrainForm() {
  const field = useRef<HTMLInputElement>(null);
  const [timeoutS, setTimeoutS] = useState<number | null>(null);
  const [error, setError] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const wanted = field.current?.valueAsNumber ?? Number.NaN;
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > DRAIN_S_MAX) {
      setError(w.drainRange(DRAIN_S_MAX));
      field.current?.focus();
      return;
    }
    setError("");
    setTimeoutS(wanted);
  };
  const drain = async () => {
    try {
      await change("POST", "/api/v1/admin/drain", { timeout_s: timeoutS });
      tell(w.draining);
    } catch (fault) {
      setError(messageOf(fault));
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <div class="inline-form">
        <div class="field">
          <label for="drain">{w.drainS}</label>
          <input
            id="drain"
            ref={field}
            type="number"
            min={0}
            max={DRAIN_S_MAX}
            defaultValue="60"
            aria-invalid={error !== ""}
            aria-describedby="drain-error"
          />
        </div>
        <button type="submit" class="danger">
          {w.drain}
        </button>
      </div>
      <p id="drain-error" class="error" role="alert">
        {error}
      </p>
      {timeoutS !== null && (
        <Confirm
          title={w.drainAsk}
          text={w.drainText(secondsInWords(timeoutS))}
          verb={w.drainNow}
          onClose={() => setTimeoutS(null)}
          onYes={() => void drain()}
        />
      )}
    </form>
  );
}
