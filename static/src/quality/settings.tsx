// The scorecard: the questions about finished calls, and which calls are picked for it. A section of the settings.
import { newKey } from "../api/keys";
import { may } from "../api/me";
import { PickRulesBody, ScorecardBody } from "../api/rules";
import type { components } from "../api/types";
import { LeverField, NumberField, RecordForm, SelectField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { putOver } from "../app/form/revised";
import { RowList } from "../app/form/row-list";
import type { Rules } from "../app/form/rules";
import { type Loaded, useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { w } from "./words";

type Card = components["schemas"]["ScorecardView"];
type Question = Card["questions"][number];

const PATH = "/api/v1/scorecard";
const QUESTIONS_MAX = 20;
type ByModel = keyof typeof w.scoredFor;
const FOR = Object.keys(w.scoredFor) as ByModel[];
const KINDS = Object.keys(w.kinds) as Question["kind"][];

/** The section of the page. */
export function Scorecard() {
  const card = useLoaded<Card>(PATH, ["scorecard"]);
  const { value } = card;
  return (
    <Ruled title={w.card} text={w.cardText}>
      {card.fault !== "" && <Failed message={card.fault} onRetry={() => void card.again()} />}
      {!value && card.fault === "" && <Skeleton rows={3} />}
      {value && (may("business_write") ? <CardForm loaded={card} value={value} /> : <CardRead card={value} />)}
    </Ruled>
  );
}

function CardRead({ card }: { card: Card }) {
  if (card.questions.length === 0) return <p class="soft">{w.cardNone}</p>;
  return (
    <ul class="rows">
      {card.questions.map((question) => (
        <li key={question.id}>
          {question.text} <span class="meta">{w.kinds[question.kind]}</span>
        </li>
      ))}
    </ul>
  );
}

/** An id that no question has or had: calls keep their answers to questions that were removed. */
const newId = () => `q_${newKey().slice(0, 12)}`;

/** The scorecard as a flat record, so that two people can change different parts of it. */
type Flat = Pick<Card, "questions" | "by_model"> & Omit<Card["picks"], "random_percent"> & { random_percent: number | null };

const { random_percent, shorter_than_s } = PickRulesBody;
const rules: Rules = { questions: ScorecardBody.questions, random_percent, shorter_than_s, handed_off: {}, alarm: {}, by_model: {} };

function flat({ questions, by_model, picks }: Card): Flat {
  return { questions, by_model, ...picks };
}

function CardForm({ loaded, value }: { loaded: Loaded<Card>; value: Card }) {
  const draft = useDraft<Flat>({
    value: flat(value),
    rules,
    follows: true,
    send: ({ questions, by_model, ...picks }) => putOver(PATH, loaded, { questions, by_model, picks }),
  });
  const { questions } = draft.value;
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={w.card} verb={w.saveCard} onSaved={() => tell(w.cardSaved)}>
        <RowList
          name="questions"
          legend={w.questions}
          rows={questions}
          max={QUESTIONS_MAX}
          none={w.cardNone}
          add={w.add}
          fault={draft.faults.questions ?? ""}
          keyOf={({ id }) => id}
          removeOf={(_, n) => w.remove(n)}
          blank={(): Question => ({ id: newId(), text: "", kind: "yes_no" })}
          onChange={(to) => draft.set("questions", to)}
        >
          {(question, n, set) => <QuestionFields question={question} n={n} onChange={set} />}
        </RowList>
        <h3>{w.picks}</h3>
        <NumberField draft={draft} name="random_percent" label={w.random} unit="%" />
        <NumberField draft={draft} name="shorter_than_s" label={w.short} hint={w.shortText} unit="s" />
        <LeverField draft={draft} name="handed_off" label={w.handedOff} />
        <LeverField draft={draft} name="alarm" label={w.alarm} />
        <SelectField
          draft={draft}
          name="by_model"
          label={w.scoredByModel}
          hint={w.scoredText}
          choices={FOR.map((which) => ({ value: which, label: w.scoredFor[which] }))}
        />
      </RecordForm>
    </div>
  );
}

function QuestionFields({ question, n, onChange }: { question: Question; n: number; onChange: (question: Question) => void }) {
  return (
    <>
      <input
        type="text"
        aria-label={w.question(n)}
        autocomplete="off"
        maxLength={200}
        value={question.text}
        onInput={(event) => onChange({ ...question, text: event.currentTarget.value })}
      />
      <select
        aria-label={w.kind(n)}
        value={question.kind}
        onChange={(event) => onChange({ ...question, kind: event.currentTarget.value as Question["kind"] })}
      >
        {KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {w.kinds[kind]}
          </option>
        ))}
      </select>
    </>
  );
}
