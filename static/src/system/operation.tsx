// What an operator changes while the server runs: how much it logs, and whether it still takes calls.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, get, messageOf } from "../api/client";
import type { LogLevel } from "../api/model";
import { Confirm } from "../app/parts";
import { tell } from "../app/toasts";

const LEVELS: LogLevel[] = ["error", "warn", "info", "debug", "trace"];
/** Longest time that calls may be given to finish, in seconds. */
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
      tell(`The log is at level ${level} until the next start.`);
    } catch (fault) {
      setError(messageOf(fault));
    }
  };
  return (
    <form onSubmit={submit}>
      <div class="inline-form">
        <div class="field">
          <label for="log-level">Log level</label>
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
        <button type="submit">Set</button>
      </div>
      <p id="log-level-error" class="error" role="alert">
        {error}
      </p>
    </form>
  );
}

/** Lets calls finish and takes no new ones. */
export function DrainForm() {
  const field = useRef<HTMLInputElement>(null);
  const [timeoutS, setTimeoutS] = useState<number | null>(null);
  const [error, setError] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const wanted = field.current?.valueAsNumber ?? Number.NaN;
    if (!Number.isInteger(wanted) || wanted < 0 || wanted > DRAIN_S_MAX) {
      setError(`Write whole seconds, 0 to ${DRAIN_S_MAX}.`);
      field.current?.focus();
      return;
    }
    setError("");
    setTimeoutS(wanted);
  };
  const answered = async (answer: "yes" | "no") => {
    const wanted = timeoutS;
    setTimeoutS(null);
    if (answer === "no") return;
    try {
      await change("POST", "/api/v1/admin/drain", { timeout_s: wanted });
      tell("Draining: no new calls are taken.");
    } catch (fault) {
      setError(messageOf(fault));
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <div class="inline-form">
        <div class="field">
          <label for="drain">Seconds that calls may take to finish</label>
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
          Drain
        </button>
      </div>
      <p id="drain-error" class="error" role="alert">
        {error}
      </p>
      {timeoutS !== null && (
        <Confirm
          title="Take no more calls?"
          text={`New calls are refused from now on. Live ones may finish for ${timeoutS} seconds and then hear a goodbye.`}
          verb="Drain now"
          onAnswer={(answer) => void answered(answer)}
        />
      )}
    </form>
  );
}
