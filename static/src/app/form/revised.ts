// A thing of the API with a revision: nobody saves over what somebody else has saved meanwhile.
import { change, Problem } from "../../api/client";
import type { Loaded } from "../load";

/** Puts what is `written` in the place of what is loaded, and shows what there is then. If somebody else was faster, theirs is loaded, for the
 * draft to take in (`follows` of [`useDraft`]), and the form says so. */
export async function putOver<T extends { revision: string }>(path: string, loaded: Loaded<T>, written: object): Promise<void> {
  try {
    const saved = await change<T>("PUT", path, written, { "If-Match": `"${loaded.value?.revision ?? "*"}"` });
    if (saved) loaded.show(saved);
  } catch (fault) {
    if (fault instanceof Problem && fault.code === "edited_meanwhile") void loaded.again();
    throw fault;
  }
}
