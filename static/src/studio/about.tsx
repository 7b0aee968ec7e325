// A profile's questions about finished calls: topics, and fields with their values.
import { useId } from "preact/hooks";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import {
  type Field,
  FIELDS_MAX,
  nameOf,
  QUESTION_MAX,
  TITLE_MAX,
  type Topic,
  TOPICS_MAX,
  WORD_MAX,
} from "../extraction/check";
import { w } from "../extraction/words";
import { useMember } from "./context";
import { PhraseLines } from "./handoff";
import { Fault, Folded } from "./parts";
import { Trial } from "./trial";

const KINDS = ["choice", "yes_no", "number", "text"] as const;

export function AboutCalls() {
  const topics = useMember("topics");
  const fields = useMember("extraction");
  const id = useId();
  const [all, asked] = [topics.value, fields.value];
  const isEmpty = all.length + asked.length === 0;
  useKeptFocus(all.length, `#${id}-topics ~ button`);
  useKeptFocus(asked.length, `#${id}-fields ~ button`);
  return (
    <Folded
      title={w.form.title}
      isChanged={topics.isChanged || fields.isChanged}
      sum={isEmpty ? w.form.none : w.form.count(all.length, asked.length)}
    >
      <p class="meta">{w.form.hint}</p>
      <div class="phrases" role="group" aria-labelledby={`${id}-topics`}>
        <h3 id={`${id}-topics`}>{w.form.topics}</h3>
        {all.map((topic, at) => (
          <TopicForm
            key={at}
            n={at + 1}
            topic={topic}
            off={topics.off}
            onChange={(changed) => topics.set(all.map((one, place) => (place === at ? changed : one)))}
            onRemove={() => topics.set(all.filter((_, place) => place !== at))}
          />
        ))}
        <Fault>{topics.fault}</Fault>
        {!topics.off && all.length < TOPICS_MAX && (
          <button type="button" class="btn small" onClick={() => topics.set([...all, { name: "", title: "", words: [] }])}>
            <Icon name="add" />
            {w.form.addTopic}
          </button>
        )}
      </div>
      <div class="phrases" role="group" aria-labelledby={`${id}-fields`}>
        <h3 id={`${id}-fields`}>{w.form.fields}</h3>
        <p class="meta">{w.form.fieldsHint}</p>
        {asked.map((field, at) => (
          <FieldForm
            key={at}
            n={at + 1}
            field={field}
            off={fields.off}
            onChange={(changed) => fields.set(asked.map((one, place) => (place === at ? changed : one)))}
            onRemove={() => fields.set(asked.filter((_, place) => place !== at))}
          />
        ))}
        <Fault>{fields.fault}</Fault>
        {!fields.off && asked.length < FIELDS_MAX && (
          <button
            type="button"
            class="btn small"
            onClick={() => fields.set([...asked, { name: "", title: "", kind: "choice", choices: [], question: "" }])}
          >
            <Icon name="add" />
            {w.form.addField}
          </button>
        )}
      </div>
      {!isEmpty && <Trial />}
    </Folded>
  );
}

/** Title and name; the name follows the title until the user changes the name itself. */
function Named<T extends { name: string; title: string }>(props: {
  id: string;
  legend: string;
  value: T;
  off: boolean;
  onChange: (value: T) => void;
  onRemove: () => void;
}) {
  const { id, legend, value, off, onChange } = props;
  const what = value.title.trim() || legend;
  return (
    <>
      <div class="field">
        <div class="tag-head">
          <label for={`${id}-title`}>{w.form.label}</label>
          {!off && (
            <button
              type="button"
              class="btn quiet square small push"
              aria-label={w.form.remove(what)}
              title={w.form.remove(what)}
              onClick={props.onRemove}
            >
              <Icon name="cross" />
            </button>
          )}
        </div>
        <input
          id={`${id}-title`}
          dir="auto"
          autocomplete="off"
          maxLength={TITLE_MAX}
          readOnly={off}
          value={value.title}
          onInput={({ currentTarget: { value: title } }) =>
            onChange({ ...value, title, name: value.name === nameOf(value.title) ? nameOf(title) : value.name })
          }
        />
      </div>
      <div class="field">
        <label for={`${id}-name`}>{w.form.name}</label>
        <input
          id={`${id}-name`}
          autocomplete="off"
          spellcheck={false}
          maxLength={WORD_MAX}
          readOnly={off}
          value={value.name}
          onInput={({ currentTarget }) => onChange({ ...value, name: currentTarget.value.trim() })}
        />
      </div>
    </>
  );
}

function TopicForm(props: { n: number; topic: Topic; off: boolean; onChange: (topic: Topic) => void; onRemove: () => void }) {
  const { n, topic, off, onChange } = props;
  const id = useId();
  return (
    <div role="group" aria-label={w.form.topicOf(n)}>
      <Named id={id} legend={w.form.topicOf(n)} value={topic} off={off} onChange={onChange} onRemove={props.onRemove} />
      <div class="field">
        <label for={`${id}-words`}>{w.form.words}</label>
        <PhraseLines id={`${id}-words`} lines={topic.words} off={off} onChange={(words) => onChange({ ...topic, words })} />
        <p class="hint">{w.form.wordsHint}</p>
      </div>
    </div>
  );
}

function FieldForm(props: { n: number; field: Field; off: boolean; onChange: (field: Field) => void; onRemove: () => void }) {
  const { n, field, off, onChange } = props;
  const id = useId();
  return (
    <div role="group" aria-label={w.form.fieldOf(n)}>
      <Named id={id} legend={w.form.fieldOf(n)} value={field} off={off} onChange={onChange} onRemove={props.onRemove} />
      <div class="field">
        <label for={`${id}-kind`}>{w.form.kind}</label>
        <select
          id={`${id}-kind`}
          disabled={off}
          value={field.kind}
          onChange={({ currentTarget }) => {
            const kind = currentTarget.value as Field["kind"];
            onChange({ ...field, kind, choices: kind === "choice" ? field.choices : [] });
          }}
        >
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {w.form.kinds[kind]}
            </option>
          ))}
        </select>
      </div>
      {field.kind === "choice" && (
        <div class="field">
          <label for={`${id}-choices`}>{w.form.choices}</label>
          <PhraseLines id={`${id}-choices`} lines={field.choices} off={off} onChange={(choices) => onChange({ ...field, choices })} />
        </div>
      )}
      <div class="field">
        <label for={`${id}-question`}>{w.form.question}</label>
        <input
          id={`${id}-question`}
          dir="auto"
          autocomplete="off"
          maxLength={QUESTION_MAX}
          readOnly={off}
          value={field.question}
          onInput={({ currentTarget }) => onChange({ ...field, question: currentTarget.value })}
        />
      </div>
    </div>
  );
}
