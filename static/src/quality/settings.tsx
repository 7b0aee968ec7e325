// The scorecard: what is asked of calls that are over, and which calls are picked for it. A part of the settings.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { components } from "../api/types";
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
      {value && (may("business_write") ? <CardForm key={JSON.stringify(value)} value={value} onSaved={card.show} /> : <CardRead card={value} />)}
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

function CardForm({ value, onSaved }: { value: Card; onSaved: (card: Card) => void }) {
  const [card, setCard] = useState(value);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const isChanged = JSON.stringify(card) !== JSON.stringify(value);
  const { questions, picks } = card;
  const set = (at: number, question: Question) =>
    setCard({ ...card, questions: questions.map((one, place) => (place === at ? question : one)) });
  const pick = (part: Partial<Card["picks"]>) => setCard({ ...card, picks: { ...picks, ...part } });
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const saved = await change<Card>("PUT", PATH, card);
      setFault("");
      tell(w.cardSaved);
      if (saved) onSaved(saved);
    } catch (error) {
      setFault(messageOf(error));
    }
    setBusy(false);
  };
  return (
    <form class="record alarm-rules" aria-label={w.card} onSubmit={(event) => void submit(event)} noValidate>
      {questions.length === 0 && <p class="soft">{w.cardNone}</p>}
      {questions.map((question, at) => (
        <div key={question.id} class="alarm-rule">
          <input
            type="text"
            aria-label={w.question(at + 1)}
            autocomplete="off"
            maxLength={200}
            value={question.text}
            onInput={(event) => set(at, { ...question, text: event.currentTarget.value })}
          />
          <select
            aria-label={w.kind(at + 1)}
            value={question.kind}
            onChange={(event) => set(at, { ...question, kind: event.currentTarget.value as Question["kind"] })}
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
            onClick={() => setCard({ ...card, questions: questions.filter((_, place) => place !== at) })}
          >
            <Icon name="remove" />
          </button>
        </div>
      ))}
      <h3>{w.picks}</h3>
      <div class="field">
        <label for="picks-random">{w.random}</label>
        <span class="with-unit">
          <input
            id="picks-random"
            type="number"
            min={0}
            max={100}
            value={String(picks.random_percent)}
            onInput={(event) => pick({ random_percent: Math.round(Number(event.currentTarget.value)) })}
          />
          <span class="unit">%</span>
        </span>
      </div>
      <div class="field">
        <label for="picks-short">{w.short}</label>
        <span class="with-unit">
          <input
            id="picks-short"
            type="number"
            min={1}
            max={3600}
            aria-describedby="picks-short-text"
            value={picks.shorter_than_s == null ? "" : String(picks.shorter_than_s)}
            onInput={(event) => pick({ shorter_than_s: event.currentTarget.value === "" ? null : Math.round(Number(event.currentTarget.value)) })}
          />
          <span class="unit">s</span>
        </span>
        <p id="picks-short-text" class="meta">
          {w.shortText}
        </p>
      </div>
      {(["handed_off", "alarm"] as const).map((rule) => (
        <div key={rule} class="field lever-field">
          <label>
            <input type="checkbox" role="switch" class="lever" checked={picks[rule]} onChange={(event) => pick({ [rule]: event.currentTarget.checked })} />
            <span>{rule === "alarm" ? w.alarm : w.handedOff}</span>
          </label>
        </div>
      ))}
      <div class="field">
        <label for="scored-by-model">{w.scoredByModel}</label>
        <select
          id="scored-by-model"
          aria-describedby="scored-by-model-text"
          value={card.by_model ?? "none"}
          onChange={(event) => setCard({ ...card, by_model: event.currentTarget.value as ByModel })}
        >
          {FOR.map((which) => (
            <option key={which} value={which}>
              {w.scoredFor[which]}
            </option>
          ))}
        </select>
        <p id="scored-by-model-text" class="meta">
          {w.scoredText}
        </p>
      </div>
      <p class="error" role="alert">
        {fault}
      </p>
      <div class="actions">
        <button
          type="button"
          disabled={questions.length >= QUESTIONS_MAX}
          onClick={() => setCard({ ...card, questions: [...questions, { id: freeId(questions), text: "", kind: "yes_no" }] })}
        >
          <Icon name="add" />
          {w.add}
        </button>
        <button type="submit" class="primary" disabled={busy || !isChanged}>
          {w.saveCard}
        </button>
      </div>
    </form>
  );
}
