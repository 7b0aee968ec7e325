// A record of the API with a revision: nobody overwrites what somebody else has saved in the meantime.
import { change, Problem } from "../../api/client";
import type { Loaded } from "../load";

/** Replaces what is loaded with what is `written`, shows the result, and returns it. If somebody else was faster, their version is loaded, for the
 * draft to take over (`follows` of [`useDraft`]), and the form says so. */
export async function putOver<T extends { revision: string }>(path: string, loaded: Loaded<T>, written: object): Promise<T | null> {
  const saved = await putInPlaceOf<T>(path, loaded.value, written, () => void loaded.again());
  if (saved) loaded.show(saved);
  return saved;
}

/** The revision of an optional record that does not exist yet: it can't overwrite anybody else's. */
export const NONE_YET = { revision: "" };

/** Replaces the known record with what is `written`; null replaces whatever there is. If somebody else was faster, `onStale` loads their version. */
export function putInPlaceOf<T>(path: string, known: { revision: string } | null, written: object, onStale: () => void): Promise<T | null> {
  return inPlaceOf<T>("PUT", path, known, written, onStale);
}

/** The same for the fields that are `written`; the others stay. */
export function patchInPlaceOf<T>(path: string, known: { revision: string }, written: object, onStale: () => void): Promise<T | null> {
  return inPlaceOf<T>("PATCH", path, known, written, onStale);
}

async function inPlaceOf<T>(
  method: "PUT" | "PATCH",
  path: string,
  known: { revision: string } | null,
  written: object,
  onStale: () => void,
): Promise<T | null> {
  try {
    return await change<T>(method, path, written, { "If-Match": `"${known?.revision ?? "*"}"` });
  } catch (fault) {
    if (fault instanceof Problem && fault.code === "edited_meanwhile") onStale();
    throw fault;
  }
}
