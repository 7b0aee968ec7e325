// A customer's record, as a form.
import type { ComponentChildren } from "preact";
import type { Customer } from "../api/model";
import { CustomerChange } from "../api/rules";
import { LeverField, ListField, RecordForm, TextArea, TextField } from "../app/form/fields";
import { throwAt } from "../app/form/meant";
import { type Draft, useDraft } from "../app/form/record";
import { typedNumber } from "../words/phone";
import { w } from "./words";

/** The fields of a customer that users write. */
export type Fields = Pick<Customer, "name" | "phone" | "other_numbers" | "email" | "address" | "language" | "tags" | "notes" | "sms_opted_out">;

export const BLANK: Fields = { name: "", phone: null, other_numbers: [], email: "", address: "", language: "", tags: [], notes: "", sms_opted_out: false };

/** The form's values of a customer. */
export function fieldsOf({ name, phone, other_numbers, email, address, language, tags, notes, sms_opted_out }: Customer): Fields {
  return { name, phone, other_numbers, email, address, language, tags, notes, sms_opted_out };
}

/** The changed fields to send. An empty number is null. */
export function changesOf(base: Fields, now: Fields): Partial<Fields> {
  const changed = Object.entries(now).filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(base[field as keyof Fields]));
  return Object.fromEntries(changed) as Partial<Fields>;
}

/** The values to send. Numbers that are stored already stay as they are. */
function tidied(fields: Fields, stored: Fields): Fields {
  const known = [stored.phone, ...stored.other_numbers];
  const plain = (number: string) => (known.includes(number) ? number : typedNumber(number));
  const other_numbers = fields.other_numbers.map(plain).filter((number) => number !== null);
  return { ...fields, phone: plain(fields.phone ?? ""), other_numbers, tags: fields.tags.map((tag) => tag.trim()).filter((tag) => tag !== "") };
}

/** The form. `send` gets all of its values. */
export function CustomerForm(props: {
  value: Fields;
  verb?: string;
  send: (fields: Fields) => Promise<void>;
  onSaved?: () => void;
  onCancel: () => void;
  /** Shown above the fields; gets the draft. */
  above?: (draft: Draft<Fields>) => ComponentChildren;
}) {
  const draft = useDraft<Fields>({
    value: props.value,
    rules: CustomerChange,
    check: (fields) => {
      const { name, phone } = tidied(fields, props.value);
      return name.trim() === "" && phone === null ? { name: w.nameOrPhone } : {};
    },
    send: (fields) =>
      props.send(tidied(fields, props.value)).catch((fault: unknown) => throwAt(fault, { phone_taken: { field: "phone", reason: w.phoneTaken } })),
  });
  return (
    <RecordForm
      draft={draft}
      label={w.details}
      onCancel={props.onCancel}
      {...(props.verb === undefined ? {} : { verb: props.verb })}
      {...(props.onSaved === undefined ? {} : { onSaved: props.onSaved })}
    >
      {props.above?.(draft)}
      <div class="pair">
        <TextField draft={draft} name="name" label={w.name} />
        <TextField draft={draft} name="phone" label={w.phone} type="tel" placeholder="+44 117 555 0100" hint={w.phoneHint} />
      </div>
      <div class="pair">
        <TextField draft={draft} name="email" label={w.email} type="email" />
        <TextField draft={draft} name="language" label={w.language} hint={w.languageHint} />
      </div>
      <ListField draft={draft} name="other_numbers" label={w.otherNumbers} add={w.addNumber} item={w.numberAt} />
      <TextArea draft={draft} name="address" label={w.address} rows={2} />
      <TextArea draft={draft} name="notes" label={w.notes} rows={3} hint={w.notesHint} />
      <ListField draft={draft} name="tags" label={w.tags} add={w.addTag} item={w.tagAt} />
      <fieldset>
        <legend class="hidden">{w.texts}</legend>
        <LeverField draft={draft} name="sms_opted_out" label={w.optedOut} hint={w.optedOutHint} />
      </fieldset>
    </RecordForm>
  );
}
