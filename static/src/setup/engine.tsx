// The second step: which voice answers. The demo voice needs nothing; a key is checked as soon as it is pasted, and kept only if it works.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import type { components } from "../api/types";
import { Step } from "./frame";
import { shortLength } from "../words/time";
import { w } from "./words";

type Test = components["schemas"]["IntegrationTest"];

/** After so many ms without another letter a key counts as typed. */
const TYPED_MS = 700;
const PATH = "/api/v1/integrations/openai";

/** The step. */
export function Engine() {
  const [wanted, setWanted] = useState<"demo" | "openai">("demo");
  const [fault, setFault] = useState("");
  const [checking, setChecking] = useState(false);
  const [tookMs, setTookMs] = useState<number | null>(null);
  const [key, setKey] = useState("");
  const asked = useRef(0);
  const id = useId();
  useEffect(() => {
    const secret = key.trim();
    setFault("");
    setTookMs(null);
    asked.current += 1;
    const round = asked.current;
    if (wanted !== "openai" || secret === "") return undefined;
    const timer = setTimeout(async () => {
      setChecking(true);
      const said = await check(secret);
      if (asked.current !== round) return;
      setChecking(false);
      if (typeof said === "number") setTookMs(said);
      else setFault(said);
    }, TYPED_MS);
    return () => {
      clearTimeout(timer);
      setChecking(false);
    };
  }, [key, wanted]);
  const isDone = wanted === "demo" || tookMs !== null;
  const summary = wanted === "demo" ? w.engine.demoChosen : tookMs !== null ? w.engine.openaiChosen(shortLength(tookMs)) : undefined;
  return (
    <Step stand={isDone ? "done" : "current"} title={w.engine.title} {...(summary === undefined ? {} : { summary })}>
      <div class="engines">
        <fieldset class="engine-set">
          <legend class="hidden">{w.engine.title}</legend>
          <label class="engine">
            <input type="radio" name="engine" checked={wanted === "demo"} onChange={() => setWanted("demo")} />
            <span>
              <strong>{w.engine.demo}</strong>
              <span class="meta">{w.engine.demoText}</span>
            </span>
          </label>
          <label class="engine">
            <input type="radio" name="engine" checked={wanted === "openai"} onChange={() => setWanted("openai")} />
            <span>
              <strong>{w.engine.openai}</strong>
              <span class="meta">{w.engine.openaiText}</span>
            </span>
          </label>
        </fieldset>
        {wanted === "openai" && (
          <div class="field">
            <label for={id}>{w.engine.key}</label>
            <input
              id={id}
              type="password"
              autocomplete="off"
              spellcheck={false}
              aria-invalid={fault !== ""}
              aria-describedby={`${id}-fault ${id}-hint`}
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
            <p id={`${id}-fault`} class="error" role="alert">
              {fault}
            </p>
            <p id={`${id}-hint`} class="hint" role="status">
              {checking ? w.engine.checking : w.engine.keyHint}
            </p>
          </div>
        )}
      </div>
    </Step>
  );
}

/** Asks whether a key works, and keeps one that does: how long the answer took, in ms, or what is wrong. */
async function check(secret: string): Promise<number | string> {
  const body = { secrets: { api_key: secret } };
  try {
    const test = await change<Test>("POST", `${PATH}/check`, body);
    if (test?.outcome !== "ok") return w.engine.faults[test?.outcome ?? ""] ?? test?.detail ?? "";
    await change("PUT", PATH, body);
    return test.took_ms;
  } catch (fault) {
    return messageOf(fault);
  }
}
