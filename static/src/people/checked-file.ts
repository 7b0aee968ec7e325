// A chosen file that the server checks before it is imported: again whenever it is to be read in another way.
import { useEffect, useRef, useState } from "preact/hooks";
import { faultsOf } from "../app/form/record";

/** How long after the last typed character of a country code the file is checked again, in ms. */
const PAUSE_MS = 400;

/** The fault of the whole file, as a sentence. */
export const faultOfFile = (error: unknown) => Object.values(faultsOf(error, { file: {} })).join(" ");

/** How a file is checked. */
interface Check<R, F> {
  /** The largest file that the server accepts, in bytes. */
  bytesMax: number;
  /** The fault of a larger one. */
  tooLarge: string;
  /** Has the server check the file, read in this way. */
  check: (file: File, how: R) => Promise<F>;
  /** Gets the answer of the newest check. */
  onFound?: (found: F) => void;
}

/** A file, how it is read, and what the newest check has found. */
export function useCheckedFile<R extends { country_code: string }, F>(first: R, { bytesMax, tooLarge, check, onFound }: Check<R, F>) {
  const [file, setFile] = useState<File | null>(null);
  const [reading, setReading] = useState(first);
  const [found, setFound] = useState<F | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState<"look" | "take" | null>(null);
  const newest = useRef(0);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ file, reading });
  latest.current = { file, reading };
  useEffect(() => () => clearTimeout(pause.current), []);
  /** Checks the file; only the newest of several checks counts. */
  const look = async (of: File | null, how: R) => {
    const turn = ++newest.current;
    // This check has the country code that was typed last.
    clearTimeout(pause.current);
    setFound(null);
    setFault("");
    setBusy(null);
    if (of === null) return;
    if (of.size > bytesMax) return setFault(tooLarge);
    setBusy("look");
    try {
      const seen = await check(of, how);
      if (turn !== newest.current) return;
      onFound?.(seen);
      setFound(seen);
    } catch (error) {
      if (turn === newest.current) setFault(faultOfFile(error));
    }
    if (turn === newest.current) setBusy(null);
  };
  const read = (change: Partial<R>) => {
    const how = { ...reading, ...change };
    setReading(how);
    void look(file, how);
  };
  /** Accepts a country code as people write it; the file is checked again once they pause. */
  const write = (text: string) => {
    setReading({ ...reading, country_code: text.replace(/\D/g, "").replace(/^0+/, "") });
    newest.current += 1;
    setFound(null);
    clearTimeout(pause.current);
    pause.current = setTimeout(() => void look(latest.current.file, latest.current.reading), PAUSE_MS);
  };
  return { file, setFile, reading, setReading, found, fault, setFault, busy, setBusy, latest, look, read, write };
}
