// Trying a tool before callers do: a form for its values made from its schema, the request as it is sent, and the answer.
import { useId, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../../api/client";
import type { CustomTool, Trial } from "../../api/model";
import { Icon, type IconName } from "../../app/icons";
import { number } from "../../app/language";
import { Snippet } from "../../house/parts";
import { type Row, rowsOf } from "../schema";
import { t } from "./words";

const states: Record<Trial["outcome"], { look: string; icon: IconName }> = {
  shown: { look: "wrap", icon: "document" },
  done: { look: "live", icon: "tick" },
  refused: { look: "missed", icon: "cross" },
  failed: { look: "missed", icon: "warning" },
  timed_out: { look: "missed", icon: "wait" },
};

/** The typed texts as values of the schema's types; empty ones are left out. */
function argumentsOf(rows: Row[], typed: Record<string, string>): Record<string, unknown> {
  const given = rows.filter(({ name }) => (typed[name] ?? "") !== "");
  return Object.fromEntries(
    given.map(({ name, type }) => {
      const text = typed[name] ?? "";
      if (type === "boolean") return [name, text === "true"];
      // A text that is not a number is sent as it is: the server reports the fault.
      const value = Number(text);
      return [name, type === "string" || Number.isNaN(value) ? text : value];
    }),
  );
}

function parsedObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.trim() === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The section of the page. `isChanged`: there are unsaved changes. */
export function TryOut({ path, tool, isChanged }: { path: string; tool: CustomTool; isChanged: boolean }) {
  const rows = rowsOf(tool.parameters);
  const [typed, setTyped] = useState<Record<string, string>>({});
  const [json, setJson] = useState("{}");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [trial, setTrial] = useState<Trial | null>(null);
  const result = useRef<HTMLDivElement>(null);
  const id = useId();
  const ask = async (send: boolean) => {
    if (busy || isChanged) return;
    const given = rows === null ? parsedObject(json) : argumentsOf(rows, typed);
    setFault(given === null ? t.badJson : "");
    if (given === null) return;
    setBusy(true);
    try {
      setTrial(await change<Trial>("POST", `${path}/${tool.id}/try`, { arguments: given, send }));
      requestAnimationFrame(() => result.current?.scrollIntoView({ block: "nearest" }));
    } catch (error) {
      setFault(messageOf(error));
      setTrial(null);
    }
    setBusy(false);
  };
  const set = (name: string, text: string) => setTyped((was) => ({ ...was, [name]: text }));
  return (
    <section class="try-out" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{t.title}</h3>
      <p class="hint">{isChanged ? t.unsaved : t.hint}</p>
      <form
        class="values"
        aria-label={t.title}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void ask(true);
        }}
      >
        {rows === null ? (
          <div class="field">
            <label for={`${id}-json`}>{t.json}</label>
            <textarea id={`${id}-json`} name="schema" dir="ltr" rows={5} value={json} aria-describedby={`${id}-fault ${id}-hint`} onInput={(event) => setJson(event.currentTarget.value)} />
            <p id={`${id}-hint`} class="hint">
              {t.jsonHint}
            </p>
          </div>
        ) : (
          rows.map(({ name, type, meaning, needed }) => (
            <div key={name} class="field">
              <label for={`${id}-${name}`}>
                <code>{name}</code> {needed && <span class="meta">{t.needed}</span>}
              </label>
              {type === "boolean" ? (
                <select id={`${id}-${name}`} value={typed[name] ?? ""} onChange={(event) => set(name, event.currentTarget.value)}>
                  <option value="">{t.leave}</option>
                  <option value="true">{t.yes}</option>
                  <option value="false">{t.no}</option>
                </select>
              ) : (
                <input
                  id={`${id}-${name}`}
                  dir="auto"
                  autocomplete="off"
                  inputMode={type === "string" ? "text" : "decimal"}
                  value={typed[name] ?? ""}
                  {...(meaning === "" ? {} : { "aria-describedby": `${id}-${name}-hint` })}
                  onInput={(event) => set(name, event.currentTarget.value)}
                />
              )}
              {meaning !== "" && (
                <p id={`${id}-${name}-hint`} class="hint" dir="auto">
                  {meaning}
                </p>
              )}
            </div>
          ))
        )}
        <p id={`${id}-fault`} class="error" role="alert">
          {fault}
        </p>
        <div class="acts">
          <button type="button" aria-disabled={busy || isChanged} onClick={() => void ask(false)}>
            {t.show}
          </button>
          <button type="submit" class={isChanged ? "" : "primary"} aria-disabled={busy || isChanged}>
            <Icon name="send" />
            {t.send}
          </button>
        </div>
      </form>
      <div ref={result} class="result" role="status" aria-busy={busy}>
        {busy && <p class="meta">{t.sending}</p>}
        {!busy && trial && <Result trial={trial} />}
      </div>
    </section>
  );
}

function Result({ trial }: { trial: Trial }) {
  const { outcome, told, request, answer, took_ms } = trial;
  const { look, icon } = states[outcome];
  return (
    <>
      <p class="verdict">
        <span class={`state ${look}`}>
          <Icon name={icon} />
          {t.outcome[outcome]}
        </span>
        {answer && <span class="plate">{answer.status}</span>}
        {outcome !== "shown" && outcome !== "refused" && <span class="meta n">{t.took(number(took_ms))}</span>}
      </p>
      {outcome !== "done" && told !== "" && (
        <p class="read" dir="auto">
          {told}
        </p>
      )}
      {request && (
        <Snippet
          name={t.request}
          text={[`${request.method} ${request.url}`, ...request.headers.map(({ name, value }) => `${name}: ${value}`), ...(request.body === "" ? [] : ["", request.body])].join("\n")}
        />
      )}
      {answer && <Snippet name={t.answer} text={pretty(answer.body) || t.empty} />}
      {answer?.is_cut && <p class="meta">{t.cut}</p>}
      {outcome === "done" && (
        <details>
          <summary class="open">
            <Icon name="next" size="small" />
            {t.told}
          </summary>
          <p class="read" dir="auto">
            {told}
          </p>
        </details>
      )}
    </>
  );
}

/** Formatted JSON; everything else as it is. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
