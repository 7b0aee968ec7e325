// Importing customers: a file is checked, its columns are assigned, and it is imported on confirmation.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { follow } from "../../api/changes";
import { upload, worded } from "../../api/client";
import { may } from "../../api/me";
import type { CustomerImport } from "../../api/model";
import { Icon } from "../../app/icons";
import { number } from "../../app/language";
import { tell } from "../../app/toasts";
import { w as common } from "../../app/words";
import { faultOfFile, useCheckedFile } from "../../people/checked-file";
import { called, Sheet } from "../../people/parts";
import { RowFaults } from "../../people/row-faults";
import { saveRefused } from "./refused";
import { w } from "./words";

type Column = CustomerImport["columns"][number];
type Field = Column["field"];

/** The largest file that the server accepts, in bytes. */
const BYTES_MAX = 8 * 1024 * 1024;
/** The possible contents of a column, in the order of the choices. */
const FIELDS = [
  "skip",
  "name",
  "first_name",
  "last_name",
  "company",
  "phone",
  "email",
  "address",
  "language",
  "tags",
  "notes",
  "sms_opted_out",
  "do_not_call",
] as const satisfies readonly Field[];
const PATH = "/api/v1/customers.csv";

/** How the file is read. */
interface Reading {
  /** The content of each column; null if the server goes by the columns' names. */
  fields: Field[] | null;
  country_code: string;
  overwrite: boolean;
}

const AS_NAMED: Reading = { fields: null, country_code: "", overwrite: false };

function pathOf({ fields, country_code, overwrite }: Reading, isPreview: boolean): string {
  const asked = new URLSearchParams({
    ...(isPreview ? { preview: "true" } : {}),
    ...(overwrite ? { overwrite: "true" } : {}),
    ...(fields === null ? {} : { columns: fields.join(",") }),
    ...(country_code === "" ? {} : { country_code }),
  }).toString();
  return asked === "" ? PATH : `${PATH}?${asked}`;
}

/** The answer with its faults in the language of the page. */
async function translated(answer: CustomerImport): Promise<CustomerImport> {
  const errors = await Promise.all(answer.errors.map(worded));
  const refused_rows = await Promise.all(
    answer.refused_rows.map(async (row) => ({ ...row, faults: await Promise.all(row.faults.map(worded)) })),
  );
  return { ...answer, errors, refused_rows };
}

/** The dialog. */
export function TakeIn({ onTaken, onClose }: { onTaken: () => void; onClose: () => void }) {
  const [columns, setColumns] = useState<Column[]>([]);
  const checked = useCheckedFile<Reading, CustomerImport>(AS_NAMED, {
    bytesMax: BYTES_MAX,
    tooLarge: w.tooLarge,
    check: async (of, how) => translated(await upload<CustomerImport>(pathOf(how, true), of, "text/csv")),
    onFound: (seen) => setColumns(seen.columns),
  });
  const { file, setFile, reading, setReading, found, fault, setFault, busy, setBusy, look, read, write } = checked;
  const [done, setDone] = useState<CustomerImport | null>(null);
  // Null while it is not known how far the import is.
  const [written, setWritten] = useState<number | null>(null);
  const isOpen = useRef(true);
  useEffect(
    () => () => {
      isOpen.current = false;
    },
    [],
  );
  // The server reports each customer whom it has created or changed. Reports that were missed are not counted later, and another server of the
  // installation that does the import reports nothing here.
  useEffect(() => {
    if (busy !== "take") return undefined;
    let count = 0;
    let isWhole = true;
    return follow((changed) => {
      if (changed === null) isWhole = count === 0;
      else if (changed.what === "customer") count += 1;
      else return;
      setWritten(isWhole && count > 0 ? count : null);
    });
  }, [busy]);
  const choose = (chosen: File | null) => {
    const how = { ...reading, fields: null };
    setFile(chosen);
    setColumns([]);
    setReading(how);
    void look(chosen, how);
  };
  const take = async (of: File) => {
    setBusy("take");
    setFault("");
    setWritten(null);
    try {
      const answer = await upload<CustomerImport>(pathOf(reading, false), of, "text/csv");
      onTaken();
      const isRead = answer.refused > 0 && isOpen.current;
      if (isRead) setDone(await translated(answer));
      else {
        tell(w.taken(answer.created, answer.changed, answer.refused));
        if (isOpen.current) onClose();
      }
    } catch (error) {
      if (isOpen.current) setFault(faultOfFile(error));
      else tell(faultOfFile(error));
    }
    setBusy(null);
  };
  if (done) return <Done done={done} onClose={onClose} />;
  const isTaking = busy === "take";
  const good = found === null ? 0 : found.rows - found.refused;
  const news = found === null ? 0 : found.created + found.changed;
  const hasNews = found !== null && news + found.do_not_call > 0;
  return (
    <Sheet title={w.title} onClose={onClose} wide>
      <form class="take-in" onSubmit={(event) => event.preventDefault()}>
        <p>{w.text}</p>
        <FileField fault={fault} disabled={isTaking} onChoose={choose} />
        {file !== null && (
          <How reading={reading} disabled={isTaking} onCode={write} onExisting={(overwrite) => read({ overwrite })} />
        )}
        {columns.length > 0 && (
          <Columns
            columns={columns}
            fields={reading.fields ?? columns.map(({ field }) => field)}
            disabled={isTaking}
            onFields={(fields) => read({ fields })}
          />
        )}
        <div role="status">
          {busy === "look" && <p class="muted">{w.looking}</p>}
          {isTaking && <p class="tally">{w.taking}</p>}
          {!isTaking && found && <p class="tally">{hasNews ? w.found(found.created, found.changed, found.unchanged) : w.noNews}</p>}
          {!isTaking && found && found.do_not_call > 0 && <p class="muted">{w.doNotCall(found.do_not_call)}</p>}
          {!isTaking && found && found.encoding !== "UTF-8" && <p class="notice warn">{w.recoded(found.encoding)}</p>}
        </div>
        {isTaking && found && (
          <>
            {written === null ? (
              <progress key="unknown" aria-label={w.title} />
            ) : (
              <progress key="known" max={Math.max(1, news)} value={Math.min(written, news)} aria-label={w.title} />
            )}
            <p class="muted">{w.goesOn}</p>
          </>
        )}
        {found && found.errors.length > 0 && <RowFaults errors={found.errors} words={w} />}
        {found && found.first.length > 0 && <Firsts found={found} />}
        <div class="acts">
          <button type="button" onClick={onClose}>
            {isTaking ? common.act.close : common.act.cancel}
          </button>
          {file && hasNews && (
            <button type="button" class="primary" aria-disabled={busy !== null} onClick={() => busy === null && void take(file)}>
              <Icon name="upload" />
              {w.takeInAll(number(good))}
            </button>
          )}
        </div>
      </form>
    </Sheet>
  );
}

/** The file, chosen or dropped. */
function FileField({ fault, disabled, onChoose }: { fault: string; disabled: boolean; onChoose: (file: File | null) => void }) {
  const [isOver, setOver] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  return (
    <div
      class={isOver ? "field drop-zone over" : "field drop-zone"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(!disabled);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const files = event.dataTransfer?.files;
        if (disabled || !files?.[0]) return;
        // The field shows the file's name.
        if (field.current) field.current.files = files;
        onChoose(files[0]);
      }}
    >
      <label for={id}>{w.file}</label>
      <input
        ref={field}
        id={id}
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        aria-describedby={`${id}-hint ${id}-fault`}
        aria-invalid={fault !== ""}
        disabled={disabled}
        onChange={(event) => onChoose(event.currentTarget.files?.[0] ?? null)}
      />
      <p id={`${id}-hint`} class="hint">
        {w.fileHint}
      </p>
      <p id={`${id}-fault`} class="error" role="alert">
        {fault}
      </p>
    </div>
  );
}

/** The country code of numbers without one, and what happens with customers who are there. */
function How(props: { reading: Reading; disabled: boolean; onCode: (text: string) => void; onExisting: (overwrite: boolean) => void }) {
  const { reading, disabled } = props;
  const id = useId();
  return (
    <div class="pair">
      <div class="field">
        <label for={`${id}-code`}>{w.countryCode}</label>
        <input
          id={`${id}-code`}
          inputMode="numeric"
          autocomplete="off"
          maxLength={5}
          placeholder="49"
          // It is shown again if the file is taken out of the field and another one is chosen.
          defaultValue={reading.country_code}
          aria-describedby={`${id}-code-hint`}
          disabled={disabled}
          onInput={(event) => props.onCode(event.currentTarget.value)}
        />
        <p id={`${id}-code-hint`} class="hint">
          {w.countryCodeHint}
        </p>
      </div>
      <div class="field">
        <label for={`${id}-existing`}>{w.existing}</label>
        <select
          id={`${id}-existing`}
          value={reading.overwrite ? "overwrite" : "complete"}
          aria-describedby={`${id}-existing-hint`}
          disabled={disabled}
          onChange={(event) => props.onExisting(event.currentTarget.value === "overwrite")}
        >
          <option value="complete">{w.complete}</option>
          <option value="overwrite">{w.overwrite}</option>
        </select>
        <p id={`${id}-existing-hint`} class="hint">
          {w.existingHint}
        </p>
      </div>
    </div>
  );
}

/** The content of each column, with examples. */
function Columns(props: { columns: Column[]; fields: Field[]; disabled: boolean; onFields: (fields: Field[]) => void }) {
  const { columns, fields, disabled } = props;
  const heading = useId();
  const mayForbid = may("leads_write") === true;
  const choices = (field: Field | undefined) => FIELDS.filter((one) => one !== "do_not_call" || mayForbid || field === one);
  return (
    <div class="panel">
      <h3 id={heading} class="top">
        {w.columns}
      </h3>
      <div class="scroll" role="region" aria-labelledby={heading} tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{w.column}</th>
              <th scope="col">{w.examples}</th>
              <th scope="col">{w.has}</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(({ name, examples }, at) => (
              <tr key={at}>
                <th scope="row">
                  <bdi class="cut">{name || number(at + 1)}</bdi>
                </th>
                <td>
                  <bdi class="cut">{examples.join(", ")}</bdi>
                </td>
                <td>
                  <select
                    aria-label={w.columnHas(name || number(at + 1))}
                    value={fields[at] ?? "skip"}
                    disabled={disabled}
                    onChange={(event) => {
                      const chosen = event.currentTarget.value as Field;
                      props.onFields(fields.map((field, nth) => (nth === at ? chosen : field)));
                    }}
                  >
                    {choices(fields[at]).map((field) => (
                      <option key={field} value={field}>
                        {w.fields[field]}
                      </option>
                    ))}
                  </select>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Firsts({ found }: { found: CustomerImport }) {
  const heading = useId();
  return (
    <div class="panel">
      <h3 id={heading} class="top">
        {w.firsts}
      </h3>
      <div class="scroll" role="region" aria-labelledby={heading} tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{w.fields.name}</th>
              <th scope="col">{w.fields.phone}</th>
              <th scope="col">{w.fields.email}</th>
              <th scope="col">{w.fields.language}</th>
              <th scope="col">{w.fields.notes}</th>
            </tr>
          </thead>
          <tbody>
            {found.first.map((customer) => (
              <tr key={customer.id}>
                <th scope="row">
                  <bdi class="cut">{called(customer)}</bdi>
                </th>
                <td class="n">{[customer.phone, ...customer.other_numbers].filter((one) => one !== null).join(", ")}</td>
                <td>
                  <span class="cut">{customer.email}</span>
                </td>
                <td>{customer.language}</td>
                <td>
                  <bdi class="cut">{customer.notes}</bdi>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** The result, if rows were refused. */
function Done({ done, onClose }: { done: CustomerImport; onClose: () => void }) {
  // The button that had the focus is gone.
  const save = useRef<HTMLButtonElement>(null);
  useEffect(() => save.current?.focus(), []);
  return (
    <Sheet title={w.title} onClose={onClose} wide>
      <div class="take-in">
        <div role="status">
          <p class="tally">{w.taken(done.created, done.changed, done.refused)}</p>
          <p>{w.correct}</p>
        </div>
        <RowFaults errors={done.errors} words={w} />
        <div class="acts">
          <button type="button" onClick={onClose}>
            {common.act.close}
          </button>
          <button ref={save} type="button" class="primary" onClick={() => saveRefused(done, w.refusedName, w.reason)}>
            <Icon name="download" />
            {w.saveRefused(number(done.refused_rows.length))}
          </button>
        </div>
      </div>
    </Sheet>
  );
}
