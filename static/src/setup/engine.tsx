// The second step: which voice answers. The demo voice needs nothing; a key is checked as soon as it is pasted, and stored only if it works.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Integration, Page, Setting } from "../api/model";
import type { components } from "../api/types";
import { NONE_YET, putInPlaceOf } from "../app/form/revised";
import { useLoaded } from "../app/load";
import { Confirm } from "../app/parts";
import { t as integrations } from "../integrations/words";
import { Step } from "./frame";
import { shortLength } from "../words/time";
import { w } from "./words";

type Test = components["schemas"]["IntegrationTest"];

/** After this pause in ms a key counts as typed. */
const TYPED_MS = 700;
const PATH = "/api/v1/integrations/openai";

/** The step. Without an OpenAI key the voice is another one that is set up, otherwise the demo voice. */
export function Engine() {
  const accounts = useLoaded<Page<Integration>>("/api/v1/integrations");
  const settings = useLoaded<Page<Setting>>(may("installation") ? "/api/v1/admin/config" : null);
  const [chosen, setChosen] = useState<"usual" | "openai" | null>(null);
  const [fault, setFault] = useState("");
  const [checking, setChecking] = useState(false);
  const [asks, setAsks] = useState(false);
  const [tookMs, setTookMs] = useState<number | null>(null);
  const [key, setKey] = useState("");
  const asked = useRef(0);
  const known = useRef(accounts.value);
  known.current = accounts.value;
  const id = useId();
  const isKept = accounts.value?.items.some(({ kind }) => kind === "openai") ?? false;
  const wanted = chosen ?? (isKept ? "openai" : "usual");
  useEffect(() => {
    const secret = key.trim();
    asked.current += 1;
    const round = asked.current;
    if (wanted !== "openai" || secret === "") return undefined;
    const timer = setTimeout(async () => {
      setChecking(true);
      const account = known.current?.items.find(({ kind }) => kind === "openai");
      // A new key replaces the account's settings, too, unless they are sent again: its server, and the region in which it keeps data.
      const body = { settings: account?.settings ?? {}, secrets: { api_key: secret } };
      const keep = () => putInPlaceOf<Integration>(PATH, account ?? NONE_YET, body, () => void accounts.again());
      const said = await check(body, () => asked.current === round, keep);
      if (asked.current !== round) return;
      setChecking(false);
      if (typeof said === "number") setTookMs(said);
      else setFault(said);
      void accounts.again();
    }, TYPED_MS);
    return () => {
      clearTimeout(timer);
      setChecking(false);
    };
  }, [key, wanted]);
  const choose = (one: "usual" | "openai") => {
    // With the key, calls would continue to use OpenAI. A key that is removed can't be restored.
    if (one === "usual" && (isKept || tookMs !== null)) return setAsks(true);
    setFault("");
    setTookMs(null);
    setChosen(one);
  };
  const removeKey = async () => {
    setFault("");
    setTookMs(null);
    setChosen("usual");
    try {
      await change("DELETE", PATH);
      await accounts.again();
    } catch (error) {
      setChosen("openai");
      setFault(messageOf(error));
    }
  };
  const usual = usualVoice(accounts.value?.items ?? [], settings.value?.items ?? []);
  const isDone = wanted === "usual" || tookMs !== null || (isKept && key === "");
  const ofKey = tookMs !== null ? w.engine.openaiChosen(shortLength(tookMs)) : isDone ? w.engine.openaiKept : undefined;
  const summary = wanted === "usual" ? (usual ?? w.engine.demoChosen) : ofKey;
  return (
    <Step stand={isDone ? "done" : "current"} title={w.engine.title} {...(summary === undefined ? {} : { summary })}>
      <div class="engines">
        <fieldset class="engine-set">
          <legend class="hidden">{w.engine.title}</legend>
          <label class="engine">
            <input type="radio" name="engine" checked={wanted === "usual"} onChange={() => choose("usual")} />
            <span>
              <strong>{usual ?? w.engine.demo}</strong>
              <span class="meta">{usual === null ? w.engine.demoText : w.engine.usualText}</span>
            </span>
          </label>
          <label class="engine">
            <input type="radio" name="engine" checked={wanted === "openai"} onChange={() => choose("openai")} />
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
              onInput={(event) => {
                setFault("");
                setTookMs(null);
                setKey(event.currentTarget.value);
              }}
            />
            <p id={`${id}-fault`} class="error" role="alert">
              {fault}
            </p>
            <p id={`${id}-hint`} class="hint" role="status">
              {checking ? w.engine.checking : w.engine.keyHint}
            </p>
          </div>
        )}
        {asks && (
          <Confirm
            title={integrations.removeTitle(integrations.kinds.openai.name)}
            text={integrations.removeText}
            verb={integrations.remove}
            onClose={() => setAsks(false)}
            onYes={() => void removeKey()}
          />
        )}
      </div>
    </Step>
  );
}

/** The name of the voice that is used without an OpenAI key; null for the demo voice. */
function usualVoice(accounts: Integration[], settings: Setting[]): string | null {
  const own = accounts.find(({ kind, unused_because }) => kind !== "openai" && kind !== "twilio" && unused_because === null)?.kind;
  const name = own ?? settings.find((setting) => setting.name === "assistant.provider")?.value ?? "builtin";
  if (name === "builtin") return null;
  const named = Object.entries(integrations.kinds).find(([kind]) => kind === name);
  return named?.[1].name ?? name;
}

/** Checks whether the key of an account works, and stores one that does, if it is still wanted. Returns how long the answer took, in ms, or what is
 * wrong. */
async function check(body: object, isWanted: () => boolean, keep: () => Promise<unknown>): Promise<number | string> {
  try {
    const test = await change<Test>("POST", `${PATH}/check`, body);
    if (test?.outcome !== "ok") return w.engine.faults[test?.outcome ?? ""] ?? test?.detail ?? "";
    if (isWanted()) await keep();
    return test.took_ms;
  } catch (fault) {
    return messageOf(fault);
  }
}
