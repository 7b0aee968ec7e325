// The answers to the draft's questions in a finished call, before they are used for callers.
import { useId, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../api/client";
import { may } from "../api/me";
import type { components } from "../api/types";
import { When } from "../app/parts";
import { Findings } from "../extraction/panel";
import { w } from "../extraction/words";
import { money } from "../words/call";
import { saysWhich, useStudio } from "./context";
import { w as studio } from "./words";

type View = components["schemas"]["ExtractionTrialView"];

/** The form, with the last findings below it. Empty for users who may not read calls. */
export function Trial() {
  const { id: profile, slot, keeper, canWrite } = useStudio();
  const [call, setCall] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const [tried, setTried] = useState<View | null>(null);
  const id = useId();
  if (!canWrite || !may("calls_read")) return null;
  const begin = async () => {
    if (isBusy) return;
    setBusy(true);
    setTried(null);
    setFault("");
    try {
      // The trial uses the draft with its latest changes.
      if (keeper.isAhead() && !(await keeper.flush())) throw new Error(studio.hear.notSaved);
      const body = { ...(call.trim() === "" ? {} : { call_id: call.trim() }), ...saysWhich(slot) };
      setTried(await change<View>("POST", `/api/v1/agent-profiles/${profile}/extraction-trial`, body));
    } catch (problem) {
      // The assistant or its draft may be gone as well.
      const isMissing = problem instanceof Problem && problem.status === 404 && problem.params.thing === "call";
      setFault(isMissing ? (call.trim() === "" ? w.trial.noCall : w.trial.noSuchCall) : messageOf(problem));
    }
    setBusy(false);
  };
  return (
    <div class="phrases" role="group" aria-labelledby={`${id}-title`}>
      <h3 id={`${id}-title`}>{w.trial.title}</h3>
      <p class="meta">{w.trial.hint}</p>
      <div class="field">
        <label for={`${id}-call`}>{w.trial.call}</label>
        <input
          id={`${id}-call`}
          autocomplete="off"
          spellcheck={false}
          maxLength={36}
          value={call}
          onInput={({ currentTarget }) => setCall(currentTarget.value)}
        />
      </div>
      <button type="button" class="btn small" aria-disabled={isBusy} aria-busy={isBusy} onClick={() => void begin()}>
        {call.trim() === "" ? w.trial.begin : w.trial.beginOn}
      </button>
      <p class="error" role="alert">
        {fault}
      </p>
      <div role="status">{tried && <Result tried={tried} />}</div>
    </div>
  );
}

function Result({ tried }: { tried: View }) {
  const { topics, fields, by, not_judged: why } = tried;
  const isEmpty = topics.length + fields.length === 0;
  return (
    <>
      {isEmpty ? <p>{w.trial.nothing}</p> : <Findings topics={topics} fields={fields} />}
      <p class="meta">
        {w.by[by]} {why !== null && `${w.notJudged[why]} `}
        {tried.cost_micros > 0 && `${w.trial.cost(money(tried.cost_micros, tried.currency))} `}
        <a class="bare" href={`/calls/${tried.call_id}`}>
          {w.trial.of} <When at={tried.started_at} />
        </a>
      </p>
    </>
  );
}
