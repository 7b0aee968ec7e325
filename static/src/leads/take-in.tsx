// Importing leads: a CSV file is checked first, and imported on confirmation.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { messageOf, Problem, upload, worded } from "../api/client";
import { newKey } from "../api/keys";
import type { LeadImport } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { tell } from "../app/toasts";
import { amount } from "../words/money";
import { called, Sheet } from "../people/parts";
import { RowFaults } from "../people/row-faults";
import { w } from "./words";

/** The largest file that the server accepts, in bytes. */
const BYTES_MAX = 2 * 1024 * 1024;
/** The columns that are imported, by the server's names. */
const COLUMNS = ["name", "phone", "need", "value", "currency", "status", "next_step", "owner_id", "urgency", "budget", "address", "notes"];
const PATH = "/api/v1/leads.csv";

/** A file that was checked. */
interface Seen {
  bytes: ArrayBuffer;
  found: LeadImport;
}

/** The dialog. */
export function TakeIn({ onTaken, onClose }: { onTaken: () => void; onClose: () => void }) {
  const [seen, setSeen] = useState<Seen | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [takes, setTakes] = useState(false);
  const newest = useRef(0);
  // A file that is sent again, because its answer was lost, is imported once.
  const sent = useRef<{ letters: string; key: string } | null>(null);
  const isOpen = useRef(true);
  useEffect(
    () => () => {
      isOpen.current = false;
    },
    [],
  );
  const field = useId();
  /** Works on a file. If several are chosen one after the other, the newest counts. */
  const act = async (work: (isNewest: () => boolean) => Promise<void>) => {
    const turn = ++newest.current;
    const isNewest = () => turn === newest.current;
    setBusy(true);
    setFault("");
    try {
      await work(isNewest);
    } catch (error) {
      if (isNewest()) setFault(messageOf(error));
    }
    if (isNewest()) setBusy(false);
  };
  const look = (file: File | undefined) => {
    newest.current += 1;
    setSeen(null);
    setFault("");
    setBusy(false);
    if (!file) return;
    if (file.size > BYTES_MAX) return setFault(w.tooLarge);
    void act(async (isNewest) => {
      const bytes = await file.arrayBuffer();
      const found = await upload<LeadImport>(`${PATH}?preview=true`, new Blob([bytes]), "text/csv");
      const errors = await Promise.all(found.errors.map(worded));
      if (isNewest()) setSeen({ bytes, found: { ...found, errors } });
    });
  };
  const take = async ({ bytes }: Seen) => {
    setTakes(true);
    // One letter for each byte.
    const letters = new TextDecoder("windows-1252").decode(bytes);
    if (sent.current?.letters !== letters) sent.current = { letters, key: newKey() };
    const headers = { "Idempotency-Key": sent.current.key };
    await act(async () => {
      try {
        const { made } = await upload<LeadImport>(PATH, new Blob([bytes]), "text/csv", headers);
        tell(w.taken(number(made)));
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== "answer_not_kept") {
          if (!isOpen.current) tell(messageOf(error));
          throw error;
        }
        // An earlier attempt has imported the file, and its answer is gone.
        tell(w.takenBefore);
      }
      // If the window was closed meanwhile, another one may be open. The list follows by itself.
      if (isOpen.current) onTaken();
    });
    setTakes(false);
  };
  return (
    <Sheet title={w.file} onClose={onClose} wide>
      <form class="take-in" onSubmit={(event) => event.preventDefault()}>
        <p>
          {w.fileText} <code>{COLUMNS.join(", ")}</code>.
        </p>
        <div class="field">
          <label for={field}>{w.fileChoose}</label>
          <input
            id={field}
            type="file"
            accept=".csv,.tsv,.txt,text/csv"
            // Choosing another file would hide the result of an import in progress.
            disabled={takes}
            aria-describedby={`${field}-fault`}
            aria-invalid={fault !== ""}
            onChange={(event) => look(event.currentTarget.files?.[0])}
          />
          <p id={`${field}-fault`} class="error" role="alert">
            {fault}
          </p>
        </div>
        <div role="status">
          {busy && !seen && <p class="muted">{w.looking}</p>}
          {seen && <p class="tally">{seen.found.good === 0 ? w.noneGood : w.found(seen.found.good, seen.found.rows)}</p>}
          {seen && seen.found.unknown_columns.length > 0 && <p class="muted">{w.unknown(seen.found.unknown_columns.join(", "))}</p>}
          {seen && seen.found.encoding !== "UTF-8" && <p class="notice warn">{w.recoded(seen.found.encoding)}</p>}
        </div>
        {seen && seen.found.errors.length > 0 && <RowFaults errors={seen.found.errors} words={w} />}
        {seen && seen.found.first.length > 0 && <Firsts found={seen.found} />}
        <div class="acts">
          <button type="button" onClick={onClose}>
            {w.cancel}
          </button>
          {seen && seen.found.good > 0 && (
            <button type="button" class="primary" aria-disabled={busy} onClick={() => !busy && void take(seen)}>
              <Icon name="upload" />
              {w.takeInAll(number(seen.found.good))}
            </button>
          )}
        </div>
      </form>
    </Sheet>
  );
}

function Firsts({ found }: { found: LeadImport }) {
  return (
    <div class="panel">
      <h3 id="take-in-firsts" class="top">
        {w.firsts}
      </h3>
      <div class="scroll" role="region" aria-labelledby="take-in-firsts" tabIndex={0}>
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{w.who}</th>
              <th scope="col">{w.phone}</th>
              <th scope="col">{w.need}</th>
              <th scope="col">{w.status}</th>
              <th scope="col" class="num">
                {w.value}
              </th>
            </tr>
          </thead>
          <tbody>
            {found.first.map((lead) => (
              <tr key={lead.id}>
                <th scope="row">
                  <bdi class="cut">{called(lead)}</bdi>
                </th>
                <td class="n nowrap">{lead.phone}</td>
                <td>
                  <bdi class="cut">{lead.need}</bdi>
                </td>
                <td>{w.statuses[lead.status]}</td>
                <td class="num">{lead.value_minor !== null && lead.currency !== null && amount(lead.value_minor, lead.currency)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
