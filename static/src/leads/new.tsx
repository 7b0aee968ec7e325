// A lead that did not come from the assistant, entered by hand.
import { change, Problem } from "../api/client";
import { myId } from "../api/me";
import { LeadBody } from "../api/rules";
import type { Lead } from "../api/model";
import { NumberField, RecordForm, SelectField, TextArea, TextField } from "../app/form/fields";
import { useDraft } from "../app/form/record";
import { tell } from "../app/toasts";
import { useColleagues } from "../people/colleagues";
import { minorDigits } from "../words/money";
import { typedNumber } from "../words/phone";
import { Sheet } from "../people/parts";
import { ownerChoices } from "./change";
import { w } from "./words";

interface Fields {
  name: string;
  phone: string;
  need: string;
  value: number | null;
  currency: string;
  owner_id: string | null;
  next_step: string;
  address: string;
  notes: string;
}

/** The dialog. `currency`: the currency of leads here. */
export function NewLead({ currency, onMade, onClose }: { currency: string; onMade: () => void; onClose: () => void }) {
  const colleagues = useColleagues();
  const draft = useDraft<Fields>({
    value: { name: "", phone: "", need: "", value: null, currency, owner_id: myId(), next_step: "", address: "", notes: "" },
    rules: {
      name: LeadBody.name,
      phone: {},
      need: LeadBody.need,
      value: { minimum: 0, type: "number" },
      currency: LeadBody.currency,
      owner_id: {},
      next_step: LeadBody.next_step,
      address: LeadBody.address,
      notes: LeadBody.notes,
    },
    check: (fields) => (fields.value !== null && !/^[A-Z]{3}$/.test(fields.currency) ? { currency: w.badCurrency } : {}),
    send: async ({ phone, value, currency: code, ...others }) => {
      const worth = value === null ? {} : { value_minor: Math.round(value * 10 ** minorDigits(code)), currency: code };
      await change<Lead>("POST", "/api/v1/leads", { ...others, phone: typedNumber(phone), ...worth }).catch((fault: unknown) => {
        throw fault instanceof Problem && fault.faults.some(({ field }) => field === "value_minor")
          ? new Problem(fault.status, w.noAmount, null)
          : fault;
      });
    },
  });
  return (
    <Sheet title={w.add} onClose={onClose}>
      <RecordForm
        draft={draft}
        label={w.add}
        verb={w.make}
        onCancel={onClose}
        onSaved={() => {
          tell(w.made);
          onMade();
        }}
      >
        <div class="pair">
          <TextField draft={draft} name="name" label={w.who} />
          <TextField draft={draft} name="phone" label={w.phone} type="tel" hint={w.phoneHint} />
        </div>
        <TextArea draft={draft} name="need" label={w.wanted} rows={2} />
        <div class="pair">
          <NumberField draft={draft} name="value" label={w.value} />
          <TextField draft={draft} name="currency" label={w.currency} hint={w.currencyHint} />
        </div>
        <div class="pair">
          <TextField draft={draft} name="next_step" label={w.nextStep} />
          <SelectField draft={draft} name="owner_id" label={w.owner} none={w.nobody} choices={ownerChoices(colleagues, draft.value.owner_id)} />
        </div>
        <TextArea draft={draft} name="address" label={w.address} rows={1} />
        <TextArea draft={draft} name="notes" label={w.notes} rows={2} />
      </RecordForm>
    </Sheet>
  );
}
