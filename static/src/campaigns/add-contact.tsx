// Adding a person to a campaign's list by hand.
import { change, Problem } from "../api/client";
import type { AddedContacts, Campaign } from "../api/model";
import { ContactBody } from "../api/rules";
import { RecordForm, TextArea, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { number } from "../app/language";
import { tell } from "../app/toasts";
import { Sheet } from "../people/parts";
import { variablesIn } from "./variables";
import { w } from "./words";

/** Faults from the server, by the dialog's fields: the server names them below the contact's position in the list. */
function byField(fault: unknown): unknown {
  if (!(fault instanceof Problem)) return fault;
  const faults = fault.faults.map((one) => ({ ...one, field: one.field.replace(/^contacts\[0\]\./, "") }));
  return new Problem(fault.status, fault.message, fault.retryAfterS, fault.code, faults);
}

/** The dialog. */
export function AddContact({ campaign, onAdded, onClose }: { campaign: Campaign; onAdded: () => void; onClose: () => void }) {
  const draft = useDraft({
    value: { number: "", name: "", zone: "", consent: "", variables: "" },
    rules: { ...ContactBody, name: { maxLength: 500 } },
    check: ({ variables }): Faults => (variablesIn(variables) === null ? { variables: w.badVariables } : {}),
    send: async ({ name, variables, ...said }) => {
      const named = name.trim() === "" ? {} : { name: name.trim() };
      const contact = { ...said, number: said.number.trim(), variables: { ...variablesIn(variables), ...named } };
      const answer = await change<AddedContacts>("POST", `/api/v1/campaigns/${campaign.id}/contacts`, { contacts: [contact] }).catch((fault: unknown) => {
        throw byField(fault);
      });
      if (answer) tell(w.taken(number(answer.added), answer.added, number(answer.known), answer.known));
    },
  });
  return (
    <Sheet title={w.addContact} onClose={onClose}>
      <RecordForm draft={draft} label={w.addContact} verb={w.putOnList} onCancel={onClose} onSaved={onAdded}>
        <TextField draft={draft} name="number" label={w.number} type="tel" hint={w.numberHint} />
        <TextField draft={draft} name="name" label={w.name} hint={w.nameHint} />
        <TextField draft={draft} name="zone" label={w.zone} hint={w.zoneHint} />
        <TextField draft={draft} name="consent" label={w.consent} hint={w.consentOfOne} />
        <TextArea draft={draft} name="variables" label={w.variablesOf} rows={3} hint={w.variablesHint} />
      </RecordForm>
    </Sheet>
  );
}
