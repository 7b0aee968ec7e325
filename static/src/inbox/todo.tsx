// The form of a to-do: a new one, or one that is changed.
import { change } from "../api/client";
import type { Activity } from "../api/model";
import { ActivityBody } from "../api/rules";
import { momentOf, placeOf, zoneHere } from "../app/business-clock";
import { RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { tell } from "../app/toasts";
import { minutesOf, written } from "../appointments/zone";
import { nameOf, useColleagues } from "../people/colleagues";
import { Sheet } from "../people/parts";
import { owners } from "./owners";
import { w } from "./words";

/** When a to-do without a time is due: the end of the working day, in minutes. */
const DUE_MINUTES = 17 * 60;

/** The fields; the day is by the business's clock. */
interface Fields {
  title: string;
  day: string;
  time: string;
  notes: string;
  owner: string | null;
}

function fieldsOf(todo: Activity | null): Fields {
  const { title, notes, owner_id, due_at } = todo ?? { title: "", notes: "", owner_id: null, due_at: null };
  const due = due_at === null ? null : placeOf(new Date(due_at), zoneHere());
  return { title, day: due?.day ?? "", time: due === null ? "" : written(due.minutes), notes, owner: owner_id };
}

function dueOf({ day, time }: Fields): string | null {
  return day === "" ? null : momentOf({ day, minutes: minutesOf(time) ?? DUE_MINUTES }, zoneHere()).toISOString();
}

/** The dialog; without a to-do it makes one. */
export function TodoForm({ todo, onClose, onSaved }: { todo: Activity | null; onClose: () => void; onSaved: () => void }) {
  const colleagues = useColleagues();
  const base = fieldsOf(todo);
  const draft = useDraft<Fields>({
    value: base,
    rules: { title: ActivityBody.title, notes: ActivityBody.notes, day: {}, time: {}, owner: {} },
    // Somebody else may change it meanwhile.
    follows: todo !== null,
    check: ({ day, time }) => (time !== "" && day === "" ? { day: w.dayNeeded } : {}),
    send: async (fields) => {
      const { title, notes, owner } = fields;
      const due = dueOf(fields);
      if (todo === null) {
        await change("POST", "/api/v1/activities", { type: "todo", title, notes, ...(due === null ? {} : { due_at: due }), ...(owner === null ? {} : { owner_id: owner }) });
        return;
      }
      const isOtherTime = fields.day !== base.day || fields.time !== base.time;
      await change("PATCH", `/api/v1/activities/${todo.id}`, {
        ...(title === base.title ? {} : { title }),
        ...(notes === base.notes ? {} : { notes }),
        ...(owner === base.owner ? {} : { owner_id: owner }),
        ...(isOtherTime ? { due_at: due } : {}),
      });
    },
  });
  const known = owners(colleagues);
  const chosen = draft.value.owner;
  const choices = chosen === null || known.some(({ value }) => value === chosen) ? known : [...known, { value: chosen, label: nameOf(colleagues, chosen) }];
  const title = todo === null ? w.add : w.one.todo;
  return (
    <Sheet title={title} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={title}
        {...(todo === null ? { verb: w.make } : {})}
        onCancel={onClose}
        onSaved={() => {
          tell(todo === null ? w.made : w.saved);
          onSaved();
        }}
      >
        <TextField draft={draft} name="title" label={w.todoTitle} />
        <div class="pair">
          <TextField draft={draft} name="day" label={w.dueDay} type="date" />
          <TextField draft={draft} name="time" label={w.dueTime} type="time" hint={w.dueHint} />
        </div>
        <SelectField draft={draft} name="owner" label={w.owner} none={w.everybody} choices={choices} />
        <TextArea draft={draft} name="notes" label={w.notes} rows={3} />
      </RecordForm>
    </Sheet>
  );
}
