// Two customers side by side: which value of each field is kept, what is moved, and the merge.
import { useEffect, useState } from "preact/hooks";
import { change, messageOf, Problem } from "../../api/client";
import type { Customer, MergePreview } from "../../api/model";
import { Icon } from "../../app/icons";
import { listed } from "../../app/language";
import { useLoaded } from "../../app/load";
import { Failed, Skeleton } from "../../app/parts";
import { called, Sheet } from "../../people/parts";
import { w } from "./words";

/** The fields of which one value is kept. */
const FIELDS = ["name", "phone", "email", "address", "language"] as const;
const NOTES_MAX = 4_000;

type Field = (typeof FIELDS)[number];
type Notes = "both" | "kept" | "other";

/** The dialog. `one` is kept, unless the sides are swapped. */
export function Merge(props: { one: Customer; other: Customer; onClose: () => void; onMerged: (now: Customer) => void }) {
  const [ids, setIds] = useState<[string, string]>([props.one.id, props.other.id]);
  const { value, fault, again } = useLoaded<MergePreview>(`/api/v1/customers/${ids[0]}/merge/${ids[1]}`);
  return (
    <Sheet title={w.merge(called(props.one), called(props.other))} onClose={props.onClose} wide>
      {value === null ? (
        <div>{fault === "" ? <Skeleton rows={7} /> : <Failed message={fault} onRetry={() => void again()} />}</div>
      ) : (
        <Sides
          key={ids[0]}
          preview={value}
          onSwap={() => setIds([ids[1], ids[0]])}
          onStale={() => void again()}
          onClose={props.onClose}
          onMerged={props.onMerged}
        />
      )}
    </Sheet>
  );
}

function Sides(props: { preview: MergePreview; onSwap: () => void; onStale: () => void; onClose: () => void; onMerged: (now: Customer) => void }) {
  const { kept, other, moves } = props.preview;
  const [fromOther, setFromOther] = useState<Field[]>([]);
  const [notes, setNotes] = useState<Notes>("both");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const differ = (one: string, two: string) => one !== "" && two !== "" && one !== two;
  const isTooLong = notes === "both" && differ(kept.notes, other.notes) && kept.notes.length + other.notes.length + 2 > NOTES_MAX;
  useEffect(() => setFault(""), [fromOther, notes]);
  const merge = async () => {
    if (busy || isTooLong) return;
    setBusy(true);
    try {
      const body = {
        // The choices stay while somebody else changes one of the two: where nothing is left to choose, the usual applies.
        from_other: fromOther.filter((field) => differ(kept[field] ?? "", other[field] ?? "")),
        notes: differ(kept.notes, other.notes) ? notes : "both",
        kept_updated_at: kept.updated_at,
        other_updated_at: other.updated_at,
      };
      const now = await change<Customer>("POST", `/api/v1/customers/${kept.id}/merge/${other.id}`, body);
      if (now) props.onMerged(now);
    } catch (error) {
      const isStale = error instanceof Problem && error.code === "edited_meanwhile";
      setFault(isStale ? w.changed : messageOf(error));
      if (isStale) props.onStale();
    }
    setBusy(false);
  };
  const choose = (field: Field, side: "kept" | "other") =>
    setFromOther((was) => (side === "other" ? [...was.filter((one) => one !== field), field] : was.filter((one) => one !== field)));
  const further = new Set([kept.phone, other.phone, ...kept.other_numbers, ...other.other_numbers].filter((number): number is string => number !== null));
  const first = fromOther.includes("phone") ? (other.phone ?? kept.phone) : (kept.phone ?? other.phone);
  if (first !== null) further.delete(first);
  const tags = [...new Set([...kept.tags, ...other.tags])];
  const going = (["calls", "leads", "appointments", "messages", "callbacks"] as const).filter((what) => moves[what] > 0).map((what) => w.moves[what](moves[what]));
  const name = (fromOther.includes("name") && other.name !== "" ? other.name : kept.name) || called(kept);
  return (
    <form
      class="merge"
      onSubmit={(event) => {
        event.preventDefault();
        void merge();
      }}
    >
      <fieldset>
        <legend class="hidden">{w.field}</legend>
        <table class="table sides">
          <thead>
            <tr>
              <th scope="col">{w.field}</th>
              <th scope="col">
                {w.stays} <bdi class="whose">{called(kept)}</bdi>
              </th>
              <th scope="col">
                {w.goes} <bdi class="whose">{called(other)}</bdi>
              </th>
            </tr>
          </thead>
          <tbody>
            {FIELDS.map((field) => (
              <Choice
                key={field}
                name={field}
                label={w.fields[field]}
                values={[kept[field] ?? "", other[field] ?? ""]}
                chosen={fromOther.includes(field) ? "other" : "kept"}
                onChoose={(side) => choose(field, side)}
              />
            ))}
            <Choice
              name="notes"
              label={w.fields.notes}
              values={[kept.notes, other.notes]}
              chosen={notes}
              both={{ word: w.both, fault: isTooLong ? w.tooLong : "" }}
              onChoose={setNotes}
            />
            {tags.length > 0 && (
              <tr>
                <th scope="row">{w.fields.tags}</th>
                <td colSpan={2}>
                  <span class="label-tags">
                    {tags.map((tag) => (
                      <span key={tag}>
                        <bdi>{tag}</bdi>
                      </span>
                    ))}
                  </span>{" "}
                  <span class="meta">{w.tagsTogether}</span>
                </td>
              </tr>
            )}
            {further.size > 0 && (
              <tr>
                <th scope="row">{w.fields.numbers}</th>
                <td colSpan={2}>
                  <span class="n">{[...further].join(", ")}</span> <span class="meta">{w.numbersTogether}</span>
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </fieldset>
      <p>
        <button type="button" class="btn small" onClick={props.onSwap}>
          <Icon name="transfer" />
          {w.swap}
        </button>
      </p>
      <section class="happens" aria-labelledby="merge-happens">
        <h3 id="merge-happens">{w.happens}</h3>
        <ul>
          <li>{going.length > 0 ? w.goOver(listed(going), name) : w.nothingGoes}</li>
          {kept.sms_opted_out !== other.sms_opted_out && <li>{w.optedOut}</li>}
          {kept.verified !== other.verified && <li>{w.unverified}</li>}
          <li>{w.gone(called(other))}</li>
        </ul>
      </section>
      <p class="error" role="alert">
        {fault}
      </p>
      <div class="acts">
        <button type="submit" class="primary" aria-disabled={busy || isTooLong}>
          {w.verb}
        </button>
      </div>
    </form>
  );
}

/** A row of two values. If they differ, one is chosen; if one is missing, there is nothing to choose. */
function Choice<T extends "kept" | "other" | "both">(props: {
  name: string;
  label: string;
  values: [string, string];
  chosen: T;
  both?: { word: string; fault: string };
  onChoose: (side: T) => void;
}) {
  const { name, label, values, chosen, both } = props;
  const [kept, other] = values;
  if (kept === "" && other === "") return null;
  if (kept === other) {
    return (
      <tr>
        <th scope="row">{label}</th>
        <td colSpan={2}>
          <Value text={kept} /> <span class="meta">{w.same}</span>
        </td>
      </tr>
    );
  }
  const isChoice = kept !== "" && other !== "";
  const side = (value: "kept" | "other", text: string) =>
    isChoice ? (
      <label class={chosen === value || chosen === "both" ? "on" : ""}>
        <input type="radio" name={`merge-${name}`} checked={chosen === value} onChange={() => props.onChoose(value as T)} aria-label={`${w.choose(label)}: ${text}`} />
        <Value text={text} />
      </label>
    ) : text === "" ? (
      <span class="meta">{w.nothing}</span>
    ) : (
      <Value text={text} />
    );
  return (
    <>
      <tr>
        <th scope="row">
          {label}
          {both && isChoice && (
            <label class="of-both">
              <input type="radio" name={`merge-${name}`} checked={chosen === "both"} onChange={() => props.onChoose("both" as T)} aria-label={`${w.choose(label)}: ${both.word}`} />
              {both.word}
            </label>
          )}
        </th>
        <td>{side("kept", kept)}</td>
        <td>{side("other", other)}</td>
      </tr>
      {both && both.fault !== "" && (
        <tr>
          <td colSpan={3} class="error" role="alert">
            {both.fault}
          </td>
        </tr>
      )}
    </>
  );
}

function Value({ text }: { text: string }) {
  return (
    <span class={text.startsWith("+") ? "value n" : "value"} dir="auto">
      {text}
    </span>
  );
}
