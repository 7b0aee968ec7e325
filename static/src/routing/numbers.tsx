// Phone numbers: which assistant answers each, and what callers get if none does.
import { useId, useRef, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { Instead, NumberRow } from "../api/model";
import { PhoneNumberBody } from "../api/rules";
import { Dialog } from "../app/dialog";
import { LeverField, ListField, RecordForm, SelectField, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { putInPlaceOf } from "../app/form/revised";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { number as inDigits, plural } from "../app/language";
import { Confirm, More } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { typedNumber } from "../words/phone";
import type { Routing } from "./data";
import { InsteadField, insteadFault } from "./instead";
import { insteadInWords } from "./path";
import { w } from "./words";

/** Rows shown at once; a thousand numbers are a long page. */
const SHOWN = 100;

/** The tab. */
export function Numbers({ routing, onChange }: { routing: Routing; onChange: () => Promise<void> }) {
  const { numbers, profiles } = routing;
  const [edited, setEdited] = useState<NumberRow | "new" | null>(null);
  const [leaving, setLeaving] = useState<NumberRow | null>(null);
  const [shown, setShown] = useState(SHOWN);
  const edits = may("business_write") === true;
  /** Its current state while it is edited: somebody else may have changed it since. */
  const now = edited === "new" || edited === null ? null : (numbers.find(({ id }) => id === edited.id) ?? edited);
  useKeptFocus(numbers.length, ".tab-content:not([hidden]) .btn.primary");
  const remove = async ({ id, number }: NumberRow) => {
    try {
      await change("DELETE", `/api/v1/phone-numbers/${id}`);
      tell(w.numbers.removed(number));
    } catch (fault) {
      tell(messageOf(fault));
    }
    await onChange();
  };
  const add = edits && profiles.length > 0 && (
    <button type="button" class="btn primary" onClick={() => setEdited("new")}>
      <Icon name="add" />
      {w.numbers.add}
    </button>
  );
  return (
    <>
      {numbers.length > 0 && (
        <div class="tab-top">
          <p class="read">{w.numbers.lede}</p>
          {add}
        </div>
      )}
      {numbers.length === 0 && (
        <div class="empty">
          <h2>{w.numbers.emptyTitle}</h2>
          <p>{w.numbers.empty}</p>
          <div class="acts">{add}</div>
        </div>
      )}
      {numbers.length > 0 && (
        <div class="sheet">
          <table class="table stacks">
            <caption class="hidden">{w.numbers.table}</caption>
            <thead>
              <tr>
                <th scope="col">{w.numbers.number}</th>
                <th scope="col">{w.numbers.profile}</th>
                <th scope="col">{w.numbers.closed}</th>
                <th scope="col">{w.numbers.proof}</th>
                {edits && (
                  <th scope="col">
                    <span class="hidden">{w.numbers.acts}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {numbers.slice(0, shown).map((row) => (
                <tr key={row.id}>
                  <th scope="row">
                    <span class="names">
                      <span>
                        <span class="plate">{row.number}</span>
                      </span>
                      {row.label !== "" && (
                        <span class="meta" dir="auto">
                          {row.label}
                        </span>
                      )}
                    </span>
                  </th>
                  <td>
                    <span class="with-glyph" dir="auto">
                      <span class="who-mark ada" aria-hidden="true" />
                      {profiles.find(({ id }) => id === row.profile_id)?.name ?? w.numbers.unknownProfile}
                    </span>
                  </td>
                  <td>
                    <span class="names">
                      <span class="clipped" dir="auto">
                        {row.closed === null ? w.numbers.atAllHours : insteadInWords(row.closed)}
                      </span>
                      {row.blocked_callers.length > 0 && (
                        <span class="meta">
                          {w.numbers.blocked(inDigits(row.blocked_callers.length), plural(row.blocked_callers.length, w.numbers.callers))}
                        </span>
                      )}
                    </span>
                  </td>
                  <td>
                    {row.proof === "none" ? (
                      <span class="names">
                        <span class="state warn">
                          <Icon name="warning" />
                          {w.numbers.proofs.none}
                        </span>
                        <span class="meta">{w.numbers.unproved}</span>
                      </span>
                    ) : (
                      <span class="with-glyph">
                        <Icon name="tick" size="small" />
                        {w.numbers.proofs[row.proof]}
                      </span>
                    )}
                  </td>
                  {edits && (
                    <td class="acts">
                      <RowAct icon="edit" name={w.numbers.edit(row.number)} onClick={() => setEdited(row)} />
                      <RowAct icon="remove" name={w.numbers.remove(row.number)} onClick={() => setLeaving(row)} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {numbers.length > shown && (
        <More onClick={() => setShown(shown + SHOWN)} />
      )}
      {edited && (
        <NumberDialog row={now} routing={routing} onClose={() => setEdited(null)} onSaved={() => void onChange()} onStale={() => void onChange()} />
      )}
      {leaving && (
        <Confirm
          title={w.numbers.removeTitle(leaving.number)}
          text={w.numbers.removeText}
          verb={common.act.remove}
          onClose={() => setLeaving(null)}
          onYes={() => void remove(leaving)}
        />
      )}
    </>
  );
}

type Body = Omit<NumberRow, "id" | "proof" | "revision" | "unreached">;

/** `onStale` reloads the number when somebody else has changed it. */
function NumberDialog(props: { row: NumberRow | null; routing: Routing; onClose: () => void; onSaved: () => void; onStale: () => void }) {
  const { row, routing, onClose, onSaved, onStale } = props;
  const known = useId();
  const draft = useDraft<Body>({
    value: row ? bodyOf(row) : blank(routing.profiles[0]?.id ?? ""),
    rules: PhoneNumberBody,
    // The default profile of a new number may load later: that is not somebody else's change.
    follows: row !== null,
    check: ({ closed, no_capacity, blocked }): Faults => {
      const of = (field: string, instead: Instead | null) => {
        const fault = instead && insteadFault(instead);
        return fault ? { [field]: fault } : {};
      };
      return { ...of("closed", closed), ...of("no_capacity", no_capacity), ...of("blocked", blocked) };
    },
    send: async (value) => {
      const blocked_callers = value.blocked_callers.map(typedNumber).filter((one) => one !== null);
      const body = { ...value, number: typedNumber(value.number) ?? "", blocked_callers };
      if (row) await putInPlaceOf<NumberRow>(`/api/v1/phone-numbers/${row.id}`, row, body, onStale);
      else await change("POST", "/api/v1/phone-numbers", body);
      onSaved();
    },
  });
  const { closed, no_capacity, blocked, number } = draft.value;
  /** What callers get while it is closed stays while that is switched off. */
  const closedLast = useRef<Instead>({ do: "voicemail", text: "" });
  if (closed !== null) closedLast.current = closed;
  const isUnproved = row?.proof === "none";
  const dialled = [...routing.extensions.map(({ name, title }) => [name, title] as const)];
  return (
    <Dialog size="wide" title={row ? w.numbers.edit(row.number) : w.numbers.add} isChanged={draft.isChanged} onClose={onClose}>
      <RecordForm
        draft={draft}
        onCancel={onClose}
        onSaved={() => {
          tell(w.numbers.saved(number));
          onClose();
        }}
      >
        <datalist id={known}>
          {dialled.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </datalist>
        {isUnproved && (
          <p class="notice warn">
            <span>{w.numbers.unproved}</span>
          </p>
        )}
        <div class="pair">
          <TextField draft={draft} name="number" type="tel" label={w.numbers.field} hint={w.numbers.fieldHint} />
          <TextField draft={draft} name="label" label={w.numbers.label} hint={w.numbers.labelHint} />
        </div>
        <div class="pair">
          <SelectField
            draft={draft}
            name="profile_id"
            label={w.numbers.profile}
            choices={routing.profiles.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <SelectField
            draft={draft}
            name="mode"
            label={w.numbers.mode}
            choices={(["media_streams", "gather"] as const).map((mode) => ({ value: mode, label: w.numbers.modes[mode] }))}
          />
        </div>
        <fieldset class="group">
          <legend>{w.numbers.otherwise}</legend>
          <div class="field lever-field">
            <label>
              <input
                type="checkbox"
                role="switch"
                class="lever"
                checked={closed !== null}
                onChange={(event) => draft.set("closed", event.currentTarget.checked ? closedLast.current : null)}
              />
              <span>{w.numbers.hasClosed}</span>
            </label>
            {closed === null && <p class="hint">{w.numbers.hasClosedHint}</p>}
          </div>
          {closed !== null && (
            <InsteadField
              label={w.numbers.whenClosed}
              value={closed}
              known={known}
              fault={draft.faults.closed}
              onChange={(to) => draft.set("closed", to)}
            />
          )}
          <InsteadField
            label={w.numbers.noCapacity}
            value={no_capacity}
            known={known}
            fault={draft.faults.no_capacity}
            onChange={(to) => draft.set("no_capacity", to)}
          />
        </fieldset>
        <fieldset class="group">
          <legend>{w.numbers.blocking}</legend>
          <LeverField draft={draft} name="block_anonymous" label={w.numbers.anonymous} />
          <ListField
            draft={draft}
            name="blocked_callers"
            label={w.numbers.blockedCallers}
            add={w.numbers.addBlocked}
            item={w.numbers.blockedCaller}
          />
          <InsteadField
            label={w.numbers.whenBlocked}
            value={blocked}
            known={known}
            fault={draft.faults.blocked}
            onChange={(to) => draft.set("blocked", to)}
          />
        </fieldset>
      </RecordForm>
    </Dialog>
  );
}

function bodyOf({ id: _, proof: __, revision: ___, unreached: ____, ...body }: NumberRow): Body {
  return body;
}

function blank(profile_id: string): Body {
  return {
    number: "",
    label: "",
    profile_id,
    mode: "media_streams",
    closed: null,
    no_capacity: { do: "hang_up" },
    blocked: { do: "hang_up" },
    blocked_callers: [],
    block_anonymous: false,
  };
}
