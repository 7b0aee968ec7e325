// The scorecard of a finished call: filled in by people or by the judge model, and corrected by people.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { components } from "../api/types";
import { ChangedMeanwhile } from "../app/form/fields";
import { ALL, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, When } from "../app/parts";
import { tell } from "../app/toasts";
import { w } from "./words";

type Card = components["schemas"]["ScorecardView"];
type Question = Card["questions"][number];
type View = components["schemas"]["ScoreView"];
type Score = components["schemas"]["Score"];
/** An answer to each question; null if there is none. */
type Answers = Record<string, Score | null>;

const POINTS = [1, 2, 3, 4, 5] as const;
const TYPES = { yes_no: "boolean", one_to_five: "number", text: "string" } as const;

/** The panel. */
export function ScorePanel({ callId }: { callId: string }) {
  const card = useLoaded<Card>("/api/v1/scorecard", ["scorecard"]);
  const view = useLoaded<View>(`/api/v1/calls/${callId}/score`, ["score"]);
  const judge = useLoaded<components["schemas"]["JudgeView"]>("/api/v1/judge");
  const failed = [card, view].find(({ fault }) => fault !== "");
  if (failed && (!card.value || !view.value)) return <Failed message={failed.fault} onRetry={() => void Promise.all([card.again(), view.again()])} />;
  if (!card.value || !view.value) return null;
  const { score, not_judged: why } = view.value;
  return (
    <section class="panel score" aria-labelledby="score-title">
      <div class="top">
        <h2 id="score-title">{w.title}</h2>
        {score?.percent != null && <span class="plate">{w.percent(number(score.percent))}</span>}
      </div>
      {card.value.questions.length === 0 ? (
        <p class="soft">
          {w.none} {may("business_write") === true ? <a href="/settings">{w.write}</a> : w.whoWrites}
        </p>
      ) : (
        <Form
          key={callId}
          callId={callId}
          questions={card.value.questions}
          view={view.value}
          onKept={view.show}
          onStale={() => void view.renew()}
          hasModel={score === null && judge.value?.is_configured === true}
        />
      )}
      {score === null && why !== null && <p class="meta">{w.notJudged[why]}</p>}
      {score && <Story view={view.value} questions={card.value.questions} />}
    </section>
  );
}

/** The answers to these questions. An answer of another type was given before its question was changed. */
function answersOf({ score }: View, questions: readonly Question[]): Answers {
  const given = (score?.answers ?? {}) as Answers;
  const answerOf = ({ id, kind }: Question) => (typeof given[id] === TYPES[kind] ? (given[id] ?? null) : null);
  return Object.fromEntries(questions.map((question) => [question.id, answerOf(question)]));
}

function Form(props: { callId: string; questions: readonly Question[]; view: View; hasModel: boolean; onKept: (view: View) => void; onStale: () => void }) {
  const { callId, questions, view, onKept } = props;
  const [isAsking, setAsking] = useState(false);
  const at = `/api/v1/calls/${callId}/score`;
  const draft = useDraft<Answers>({
    value: answersOf(view, questions),
    rules: {},
    // Somebody else may correct it, too.
    follows: true,
    send: async (written) => {
      const answers = Object.fromEntries(Object.entries(written).filter(([, answer]) => answer !== null));
      const kept = await putInPlaceOf<View>(at, view, { answers }, props.onStale);
      if (kept) onKept(kept);
    },
  });
  const askModel = async () => {
    if (busy) return;
    setAsking(true);
    try {
      const kept = await change<View>("POST", `${at}/by-model`);
      // Answers entered here are kept, as they are with anybody else's changes.
      if (kept) onKept(kept);
      tell(w.saved);
    } catch (fault) {
      tell(messageOf(fault));
    }
    setAsking(false);
  };
  const busy = draft.busy || isAsking;
  return (
    <form
      ref={draft.form}
      class="record"
      aria-label={w.title}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void draft.submit().then((isTaken) => isTaken && tell(w.saved));
      }}
    >
      <ChangedMeanwhile draft={draft} />
      {questions.map((question) => (
        <Answer key={question.id} question={question} answer={draft.value[question.id] ?? null} onChange={(answer) => draft.set(question.id, answer)} />
      ))}
      <p class="error" role="alert">
        {draft.faults[ALL] ?? ""}
      </p>
      <div class="actions">
        {props.hasModel && (
          <button type="button" aria-disabled={busy} onClick={() => void askModel()}>
            {w.byModel}
          </button>
        )}
        <button type="submit" class="primary" aria-disabled={busy}>
          {w.save}
        </button>
      </div>
    </form>
  );
}

function Answer({ question, answer, onChange }: { question: Question; answer: Score | null; onChange: (answer: Score | null) => void }) {
  const name = `score-${question.id}`;
  if (question.kind === "text") {
    return (
      <div class="field">
        <label for={name}>{question.text}</label>
        <textarea
          id={name}
          name={question.id}
          rows={2}
          dir="auto"
          maxLength={2_000}
          value={typeof answer === "string" ? answer : ""}
          onInput={(event) => onChange(event.currentTarget.value.trim() === "" ? null : event.currentTarget.value)}
        />
      </div>
    );
  }
  const choices: [Score, string][] =
    question.kind === "yes_no"
      ? [
          [true, w.yes],
          [false, w.no],
        ]
      : POINTS.map((points) => [points, number(points)]);
  return (
    <fieldset name={question.id} class="field">
      <legend>{question.text}</legend>
      <div class="segmented">
        {choices.map(([value, label]) => (
          <label key={label}>
            <input type="radio" name={name} checked={answer === value} onChange={() => onChange(value)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The author of the card, and later corrections. */
function Story({ view, questions }: { view: View; questions: readonly Question[] }) {
  const { score, names } = view;
  if (!score) return null;
  const who = (id: string | null) => (id === null ? w.program : (names[id] ?? w.former));
  const word = (answer: Score | null) =>
    answer === null ? w.nothing : typeof answer === "boolean" ? (answer ? w.yes : w.no) : String(answer);
  const textOf = (id: string) => questions.find((question) => question.id === id)?.text ?? id;
  return (
    <div class="score-story">
      <p class="meta">
        {w.filledBy(score.model ? w.model(score.model) : who(score.filled_by))} <When at={score.filled_at} />
      </p>
      {score.corrections.length > 0 && (
        <details>
          <summary class="open">{w.corrections}</summary>
          <ul class="rows">
            {score.corrections.map((one, at) => (
              <li key={at} class="meta">
                {w.corrected(who(one.by), textOf(one.question), word(one.before), word(one.after))} <When at={one.at} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
