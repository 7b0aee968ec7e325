// A thing of the API with a revision: nobody saves over what somebody else has saved meanwhile.
import { change, Problem } from "../../api/client";
import type { Loaded } from "../load";

/** Puts what is `written` in the place of what is loaded, and shows what there is then. If somebody else was faster, theirs is loaded, for the
 * draft to take in (`follows` of [`useDraft`]), and the form says so. */
export async function putOver<T extends { revision: string }>(path: string, loaded: Loaded<T>, written: object): Promise<void> {
  const saved = await putInPlaceOf<T>(path, loaded.value, written, () => void loaded.again());
  if (saved) loaded.show(saved);
}

/** The revision of a thing that may be set, and is not yet: nobody else's is overwritten. */
export const NONE_YET = { revision: "" };

/** Puts what is `written` in the place of what is known; null: of whatever there is. If somebody else was faster, `onStale` has theirs loaded. */
export async function putInPlaceOf<T>(path: string, known: { revision: string } | null, written: object, onStale: () => void): Promise<T | null> {
  try {
    return await change<T>("PUT", path, written, { "If-Match": `"${known?.revision ?? "*"}"` });
  } catch (fault) {
    if (fault instanceof Problem && fault.code === "edited_meanwhile") onStale();
    throw fault;
  }
}
