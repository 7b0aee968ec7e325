// Importing contacts into a campaign: a CSV file is checked first, and imported on confirmation.
import { useEffect, useId, useState } from "preact/hooks";
import { get, upload, worded } from "../api/client";
import type { Campaign, CampaignProgress, ContactImport } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { tell } from "../app/toasts";
import { w as common } from "../app/words";
import { faultOfFile, useCheckedFile } from "../people/checked-file";
import { Sheet } from "../people/parts";
import { RowFaults } from "../people/row-faults";
import { columnsOf } from "./columns";
import { w } from "./words";

/** The largest file that the server accepts, in bytes. */
const BYTES_MAX = 32 * 1024 * 1024;
/** How often the number of imported contacts is requested, in ms. */
const ASKED_MS = 1_000;

/** The meaning of columns whose names don't say it, and the country code for numbers without one. */
interface Reading {
  number_column: string;
  zone_column: string;
  consent_column: string;
  country_code: string;
}

const AS_NAMED: Reading = { number_column: "", zone_column: "", consent_column: "", country_code: "" };
const COLUMNS = ["number_column", "zone_column", "consent_column"] as const;

/** The dialog. */
export function TakeIn({ campaign, onTaken, onClose }: { campaign: Campaign; onTaken: () => void; onClose: () => void }) {
  const [columns, setColumns] = useState<string[]>([]);
  const [taken, setTaken] = useState(0);
  const id = useId();
  const base = `/api/v1/campaigns/${campaign.id}`;
  const pathOf = (how: Reading, isPreview: boolean) => {
    const said = Object.entries(how).filter(([, value]) => value !== "");
    const asked = new URLSearchParams([...said, ...(isPreview ? [["preview", "true"]] : [])]).toString();
    return `${base}/contacts.csv${asked === "" ? "" : `?${asked}`}`;
  };
  const checked = useCheckedFile<Reading, ContactImport>(AS_NAMED, {
    bytesMax: BYTES_MAX,
    tooLarge: w.tooLarge,
    check: async (of, how) => {
      const seen = await upload<ContactImport>(pathOf(how, true), of, "text/csv");
      return { ...seen, errors: await Promise.all(seen.errors.map(worded)) };
    },
  });
  const { file, setFile, reading, setReading, found, fault, setFault, busy, setBusy, latest, look, read, write } = checked;
  const choose = async (chosen: File | null) => {
    setFile(chosen);
    setReading((was) => ({ ...AS_NAMED, country_code: was.country_code }));
    const found = chosen === null ? [] : await columnsOf(chosen).catch(() => []);
    // Another file was chosen in the meantime.
    if (chosen !== null && latest.current.file !== chosen) return;
    setColumns(found);
    await look(chosen, { ...AS_NAMED, country_code: reading.country_code });
  };
  const take = async (of: File) => {
    setBusy("take");
    setFault("");
    try {
      const { added, known } = await upload<ContactImport>(pathOf(reading, false), of, "text/csv");
      tell(w.taken(number(added), added, number(known), known));
      onTaken();
      onClose();
    } catch (error) {
      setFault(faultOfFile(error));
      setBusy(null);
    }
  };
  // A hundred thousand contacts take a while: the progress is requested in the meantime.
  useEffect(() => {
    if (busy !== "take") return undefined;
    let before: number | null = null;
    const ask = async () => {
      const now = await get<CampaignProgress>(`${base}/progress`).catch(() => null);
      if (now === null) return;
      before ??= now.contacts;
      setTaken(now.contacts - before);
    };
    void ask();
    const timer = setInterval(() => void ask(), ASKED_MS);
    return () => clearInterval(timer);
  }, [busy]);
  const isTaking = busy === "take";
  return (
    <Sheet title={w.file} onClose={() => !isTaking && onClose()} wide>
      <form class="take-in" onSubmit={(event) => event.preventDefault()}>
        <p>{w.fileText}</p>
        <div class="field">
          <label for={id}>{w.fileChoose}</label>
          <input
            id={id}
            type="file"
            accept=".csv,.tsv,.txt,text/csv"
            aria-describedby={`${id}-fault`}
            aria-invalid={fault !== ""}
            disabled={isTaking}
            onChange={(event) => void choose(event.currentTarget.files?.[0] ?? null)}
          />
          <p id={`${id}-fault`} class="error" role="alert">
            {fault}
          </p>
        </div>
        <div class="field">
          <label for={`${id}-code`}>{w.countryCode}</label>
          <input
            id={`${id}-code`}
            inputMode="numeric"
            autocomplete="off"
            maxLength={4}
            placeholder="49"
            aria-describedby={`${id}-code-hint`}
            disabled={isTaking}
            onInput={(event) => write(event.currentTarget.value)}
          />
          <p id={`${id}-code-hint`} class="hint">
            {w.countryCodeHint}
          </p>
        </div>
        {columns.length > 0 && (
          <fieldset class="columns">
            <legend>{w.columns}</legend>
            {COLUMNS.map((name) => (
              <div key={name} class="field">
                <label for={`${id}-${name}`}>{w.columnOf[name]}</label>
                <select id={`${id}-${name}`} value={reading[name]} disabled={isTaking} onChange={(event) => read({ [name]: event.currentTarget.value })}>
                  <option value="">{w.asNamed}</option>
                  {columns.map((column) => (
                    <option key={column} value={column}>
                      {column}
                    </option>
                  ))}
                </select>
              </div>
            ))}
          </fieldset>
        )}
        <div role="status">
          {busy === "look" && <p class="muted">{w.looking}</p>}
          {isTaking && found && <p class="tally">{w.taking(number(taken), number(found.good))}</p>}
          {!isTaking && found && <p class="tally">{found.good === 0 ? w.noneGood : w.found(found.good, found.rows)}</p>}
          {found && found.variables.length > 0 && <p class="muted">{w.variables(found.variables.map((name) => `{{lead.${name}}}`).join(", "))}</p>}
          {found && found.columns_left_out.length > 0 && <p class="notice warn">{w.columnsLeftOut(found.columns_left_out.join(", "))}</p>}
          {found && found.consent_refused > 0 && <p class="notice warn">{w.consentRefused(number(found.consent_refused), found.consent_refused)}</p>}
          {found && found.encoding !== "UTF-8" && <p class="notice warn">{w.recoded(found.encoding)}</p>}
        </div>
        {isTaking && found && <progress max={found.good} value={taken} aria-label={w.file} />}
        {found && found.errors.length > 0 && <RowFaults errors={found.errors} words={w} />}
        {found && found.first.length > 0 && <Firsts found={found} />}
        <div class="acts">
          <button type="button" aria-disabled={isTaking} onClick={() => !isTaking && onClose()}>
            {common.act.cancel}
          </button>
          {file && found && found.good > 0 && (
            <button type="button" class="primary" aria-disabled={busy !== null} onClick={() => busy === null && void take(file)}>
              <Icon name="upload" />
              {w.takeInAll(number(found.good))}
            </button>
          )}
        </div>
      </form>
    </Sheet>
  );
}

function Firsts({ found }: { found: ContactImport }) {
  return (
    <div class="panel">
      <h3 id="take-in-firsts" class="top">
        {w.firsts}
      </h3>
      <div class="scroll" role="region" aria-labelledby="take-in-firsts" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{w.number}</th>
              <th scope="col">{w.zone}</th>
              <th scope="col">{w.consent}</th>
              {found.variables.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.first.map((contact) => (
              <tr key={contact.id}>
                <th scope="row" class="n nowrap">
                  {contact.number}
                </th>
                <td>{contact.zone}</td>
                <td>
                  <bdi class="cut">{contact.consent}</bdi>
                </td>
                {found.variables.map((name) => (
                  <td key={name}>
                    <bdi class="cut">{contact.variables[name]}</bdi>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
