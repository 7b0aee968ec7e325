// The keys that callers can press: the keypad of an assistant, and sequences of keys.
import { useId, useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { KeyAction, KeyRow, Profile } from "../api/model";
import { Dialog } from "../app/dialog";
import { RecordForm, TextField } from "../app/form/fields";
import { type Faults, useDraft } from "../app/form/record";
import { NONE_YET, putInPlaceOf } from "../app/form/revised";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { Confirm } from "../app/parts";
import { RowAct } from "../app/row-act";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { found, type Routing } from "./data";
import { w } from "./words";

const PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** The action of a key, in short. */
function inShort(action: KeyAction): string {
  switch (action.action) {
    case "transfer_call":
    case "request_handoff":
      return w.keys.short[action.action](action.target);
    case "say":
      return w.keys.short.say(action.text);
    case "take_message":
    case "repeat":
    case "do_not_call":
    case "end_call":
      return w.keys.short[action.action];
  }
}

/** The tab. */
export function Keys({ routing, onChange }: { routing: Routing; onChange: () => Promise<void> }) {
  const { profiles } = routing;
  const id = useId();
  const [chosen, setChosen] = useState(profiles[0]?.id ?? "");
  /** The keys that are being edited, and their assistant, which somebody else may remove meanwhile; an empty text for new ones. */
  const [edited, setEdited] = useState<{ digits: string; of: string } | null>(null);
  const profile = profiles.find((one) => one.id === chosen) ?? profiles[0];
  useKeptFocus(routing.keys.length, ".keys-tab .panel .top button");
  if (!profile) {
    return (
      <div class="empty">
        <p>{w.keys.none}</p>
        <div class="acts">
          <a class="btn" href="/studio">
            {common.rooms.studio}
          </a>
        </div>
      </div>
    );
  }
  const own = routing.keys.filter(({ profile_id }) => profile_id === profile.id);
  const sequences = own.filter(({ digits }) => digits.length > 1 || !PAD.includes(digits));
  const edits = may("profiles_write") === true;
  const actionOf = (digits: string) => own.find((row) => row.digits === digits)?.action;
  const edit = (digits: string) => setEdited({ digits, of: profile.id });
  return (
    <div class="keys-tab">
      <div class="tab-top">
        <p class="read">{w.keys.lede}</p>
        {profiles.length > 1 && (
          <div class="field inline">
            <label for={id}>{w.keys.profile}</label>
            <select id={id} value={profile.id} onChange={(event) => setChosen(event.currentTarget.value)}>
              {profiles.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.name}
                </option>
              ))}
            </select>
          </div>
        )}
      </div>
      <ul class="keypad-map" aria-label={w.keys.pad}>
        {PAD.map((key) => {
          const action = actionOf(key);
          const does = action ? inShort(action) : w.keys.free;
          const isLost = action !== undefined && leadsNowhere(action, routing);
          const waits = own.some(({ digits }) => digits.length > 1 && digits.startsWith(key));
          const shown = (
            <>
              <span class="digit">{key}</span>
              <span class="does" dir="auto">
                {isLost && <Icon name="warning" size="small" />}
                {does}
              </span>
              {waits && <span class="meta">{w.keys.waits}</span>}
            </>
          );
          return (
            <li key={key} class={action ? "" : "free"}>
              {edits ? (
                <button type="button" onClick={() => edit(key)}>
                  {shown}
                </button>
              ) : (
                <div>{shown}</div>
              )}
            </li>
          );
        })}
      </ul>
      <section class="panel" aria-labelledby={`${id}-sequences`}>
        <div class="top">
          <h2 id={`${id}-sequences`}>{w.keys.sequences}</h2>
          {edits && (
            <button type="button" class="btn small push" onClick={() => edit("")}>
              <Icon name="add" />
              {w.keys.add}
            </button>
          )}
        </div>
        <ul class="sequences">
          {sequences.map(({ digits, action }) => (
            <li key={digits}>
              <span class="caps-keys">
                {[...digits].map((digit, at) => (
                  <kbd key={at}>{digit}</kbd>
                ))}
              </span>
              <span class="does" dir="auto">
                {leadsNowhere(action, routing) && <Icon name="warning" size="small" />}
                {inShort(action)}
              </span>
              {edits && (
                <RowAct icon="edit" name={w.keys.editTitles(digits)} onClick={() => edit(digits)} />
              )}
            </li>
          ))}
        </ul>
      </section>
      {edited?.of === profile.id && (
        <KeyDialog
          profile={profile}
          digits={edited.digits}
          row={own.find(({ digits }) => digits === edited.digits) ?? null}
          routing={routing}
          onClose={() => setEdited(null)}
          onChange={onChange}
        />
      )}
    </div>
  );
}

function leadsNowhere(action: KeyAction, routing: Routing): boolean {
  if (action.action !== "transfer_call" && action.action !== "request_handoff") return false;
  const { queue, extension, agent } = found(routing, action.target);
  return queue === null && extension === null && agent === null;
}

/** The action while keys are edited: the text and the name stay while the user looks at other actions. */
interface Written {
  digits: string;
  action: KeyAction["action"];
  target: string;
  text: string;
}

const RULES = { digits: { required: true }, target: {}, text: { maxLength: 1000 } };

function KeyDialog(props: {
  profile: Profile;
  digits: string;
  row: KeyRow | null;
  routing: Routing;
  onClose: () => void;
  onChange: () => Promise<void>;
}) {
  const { profile, digits, row, routing, onClose, onChange } = props;
  const id = useId();
  const isNew = digits === "";
  const [asks, setAsks] = useState(false);
  const was = row?.action;
  const address = (keys: string) => `/api/v1/dtmf-actions/${profile.id}/${encodeURIComponent(keys)}`;
  const draft = useDraft<Written>({
    value: {
      digits,
      action: was?.action ?? "transfer_call",
      target: was && "target" in was ? was.target : "",
      text: was && "text" in was ? was.text : "",
    },
    rules: RULES,
    follows: true,
    check: ({ digits: keys, action, target, text }): Faults => ({
      ...(isNew && keys !== "" && !/^[0-9*#A-D]{2,8}$/.test(keys) ? { digits: w.keys.badDigits } : {}),
      ...((action === "transfer_call" || action === "request_handoff") && target.trim() === "" ? { target: w.keys.missing } : {}),
      ...(action === "say" && text.trim() === "" ? { text: w.keys.missing } : {}),
    }),
    send: async (value) => {
      const body = actionOf(value);
      if (isNew) await change("POST", "/api/v1/dtmf-actions", { profile_id: profile.id, digits: value.digits, action: body });
      else await putInPlaceOf<KeyRow>(address(digits), row ?? NONE_YET, { action: body }, () => void onChange());
      await onChange();
    },
  });
  const { action, target } = draft.value;
  const leads = action === "transfer_call" || action === "request_handoff";
  const says = action === "say";
  const lost = leads && target.trim() !== "" && leadsNowhere({ action: "transfer_call", target: target.trim() }, routing);
  const free = async () => {
    try {
      await change("DELETE", address(digits));
      // The focus goes back to the row, and from there elsewhere if the row disappears.
      onClose();
      tell(w.keys.freed(digits));
      await onChange();
    } catch (fault) {
      onClose();
      tell(messageOf(fault));
    }
  };
  const known = [
    ...routing.queues.map(({ name, title }) => [name, title] as const),
    ...routing.extensions.map(({ name, title }) => [name, title] as const),
    ...routing.agents.flatMap(({ extension, name }) => (extension === null ? [] : [[extension, name] as const])),
  ];
  return (
    <Dialog
      title={isNew ? w.keys.newTitle : digits.length > 1 ? w.keys.editTitles(digits) : w.keys.editTitle(digits)}
      isChanged={draft.isChanged}
      onClose={onClose}
    >
      <RecordForm
        draft={draft}
        onCancel={onClose}
        onSaved={() => {
          tell(w.keys.saved(draft.value.digits));
          onClose();
        }}
      >
        {isNew && <TextField draft={draft} name="digits" label={w.keys.digits} hint={w.keys.digitsHint} />}
        <fieldset name="action" class="field choices-of">
          <legend>{w.keys.action}</legend>
          {(Object.entries(w.keys.actions) as [KeyAction["action"], string][]).map(([kind, label]) => (
            <label key={kind}>
              <input type="radio" name={`${id}-action`} checked={action === kind} onChange={() => draft.set("action", kind)} />
              {label}
            </label>
          ))}
        </fieldset>
        {leads && (
          <div class="field">
            <label for={`${id}-target`}>{w.keys.target}</label>
            <input
              id={`${id}-target`}
              name="target"
              list={`${id}-known`}
              autocomplete="off"
              aria-invalid={draft.faults.target !== undefined}
              aria-describedby={`${id}-fault ${id}-hint`}
              value={target}
              onInput={(event) => draft.set("target", event.currentTarget.value)}
            />
            <datalist id={`${id}-known`}>
              {known.map(([name, title]) => (
                <option key={name} value={name}>
                  {title}
                </option>
              ))}
            </datalist>
            <p id={`${id}-fault`} class="error" role="alert">
              {draft.faults.target ?? draft.faults.action ?? ""}
            </p>
            <p id={`${id}-hint`} class="hint">
              {lost ? w.keys.noSuch(target.trim()) : w.keys.targetHint}
            </p>
          </div>
        )}
        {says && (
          <div class="field">
            <label for={`${id}-text`}>{w.keys.text}</label>
            <textarea
              id={`${id}-text`}
              name="text"
              rows={3}
              dir="auto"
              aria-invalid={draft.faults.text !== undefined}
              aria-describedby={`${id}-text-fault`}
              value={draft.value.text}
              onInput={(event) => draft.set("text", event.currentTarget.value)}
            />
            <p id={`${id}-text-fault`} class="error" role="alert">
              {draft.faults.text ?? draft.faults.action ?? ""}
            </p>
          </div>
        )}
        {row && (
          <button type="button" class="btn quiet free-it" onClick={() => setAsks(true)}>
            <Icon name="remove" />
            {w.keys.free_it}
          </button>
        )}
      </RecordForm>
      {asks && (
        <Confirm
          title={w.keys.freeTitle(digits)}
          text={w.keys.freeText}
          verb={w.keys.free_it}
          onClose={() => setAsks(false)}
          onYes={() => void free()}
        />
      )}
    </Dialog>
  );
}

function actionOf({ action, target, text }: Written): KeyAction {
  switch (action) {
    case "transfer_call":
    case "request_handoff":
      return { action, target: target.trim() };
    case "say":
      return { action, text };
    case "take_message":
    case "repeat":
    case "do_not_call":
    case "end_call":
      return { action };
  }
}
