// The scorecard: what is asked of calls that are over, and which calls are picked for it. A part of the settings.
import { change } from "../api/client";
import { may } from "../api/me";
import { PickRulesBody, ScorecardBody } from "../api/rules";
import type { components } from "../api/types";
import { LeverField, NumberField, RecordForm, SelectField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import type { Rules } from "../app/form/rules";
import { Icon } from "../app/icons";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { tell } from "../app/toasts";
import { Ruled } from "../house/parts";
import { w } from "./words";

type Card = components["schemas"]["Scorecard"];
type Question = Card["questions"][number];

const PATH = "/api/v1/scorecard";
const QUESTIONS_MAX = 20;
type ByModel = keyof typeof w.scoredFor;
const FOR = Object.keys(w.scoredFor) as ByModel[];
const KINDS = Object.keys(w.kinds) as Question["kind"][];

/** The part of the page. */
export function Scorecard() {
  const card = useLoaded<Card>(PATH, ["scorecard"]);
  const { value } = card;
  return (
    <Ruled title={w.card} text={w.cardText}>
      {card.fault !== "" && <Failed message={card.fault} onRetry={() => void card.again()} />}
      {!value && card.fault === "" && <Skeleton rows={3} />}
      {value && (may("business_write") ? <CardForm value={value} onSaved={card.show} /> : <CardRead card={value} />)}
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

/** A name that no question has. */
function freeId(questions: readonly Question[]): string {
  const taken = new Set(questions.map(({ id }) => id));
  let n = questions.length + 1;
  while (taken.has(`q${n}`)) n += 1;
  return `q${n}`;
}

/** The scorecard in one level, so that two people can change different parts of it. */
type Flat = Pick<Card, "questions" | "by_model"> & Omit<Card["picks"], "random_percent"> & { random_percent: number | null };

const { random_percent, shorter_than_s } = PickRulesBody;
const rules: Rules = { questions: ScorecardBody.questions, random_percent, shorter_than_s, handed_off: {}, alarm: {}, by_model: {} };

function flat({ questions, by_model, picks }: Card): Flat {
  return { questions, by_model, ...picks };
}

function CardForm({ value, onSaved }: { value: Card; onSaved: (card: Card) => void }) {
  const draft = useDraft<Flat>({
    value: flat(value),
    rules,
    follows: true,
    send: async ({ questions, by_model, ...picks }) => {
      const saved = await change<Card>("PUT", PATH, { questions, by_model, picks });
      if (saved) onSaved(saved);
    },
  });
  const { questions } = draft.value;
  const set = (to: Question[]) => draft.set("questions", to);
  const edit = (at: number, question: Question) => set(questions.map((one, place) => (place === at ? question : one)));
  return (
    <div class={draft.isChanged ? "edit changed" : "edit"}>
      <RecordForm draft={draft} label={w.card} verb={w.saveCard} onSaved={() => tell(w.cardSaved)}>
        <fieldset name="questions" class="alarm-rules">
          <legend class="hidden">{w.questions}</legend>
          {questions.length === 0 && <p class="soft">{w.cardNone}</p>}
          {questions.map((question, at) => (
            <div key={question.id} class="alarm-rule">
              <input
                type="text"
                aria-label={w.question(at + 1)}
                autocomplete="off"
                maxLength={200}
                value={question.text}
                onInput={(event) => edit(at, { ...question, text: event.currentTarget.value })}
              />
              <select
                aria-label={w.kind(at + 1)}
                value={question.kind}
                onChange={(event) => edit(at, { ...question, kind: event.currentTarget.value as Question["kind"] })}
              >
                {KINDS.map((kind) => (
                  <option key={kind} value={kind}>
                    {w.kinds[kind]}
                  </option>
                ))}
              </select>
              <button
                type="button"
                class="btn quiet square"
                aria-label={w.remove(at + 1)}
                title={w.remove(at + 1)}
                onClick={() => set(questions.filter((_, place) => place !== at))}
              >
                <Icon name="remove" />
              </button>
            </div>
          ))}
          <p class="error" role="alert">
            {draft.faults.questions ?? ""}
          </p>
          <button
            type="button"
            disabled={questions.length >= QUESTIONS_MAX}
            onClick={() => set([...questions, { id: freeId(questions), text: "", kind: "yes_no" }])}
          >
            <Icon name="add" />
            {w.add}
          </button>
        </fieldset>
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
