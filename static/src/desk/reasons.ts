// Why a call is offered, in the language of the page. Callers, assistants and agents say it in their own words; the server's own sentences
// (call/src/machine, actors/src/call/at_desks.rs) are English.
import { w } from "./words/parts";

/** Before the words by which a caller has asked for a person. */
const WISHED = "the caller asked for it: ";
/** Before the note of a colleague who asks. */
const ASKED = "a colleague asks you about this caller";
/** How urgent an assistant says that it is. */
const URGENCY = / \(urgency: (low|normal|emergency)\)$/;

/** A reason as text. */
export function reasonInWords(reason: string): string {
  const urgency = URGENCY.exec(reason)?.[1] as keyof typeof w.why.urgency | undefined;
  const said = reason.replace(URGENCY, "");
  // A colleague who asks may add a note.
  const note = said.startsWith(ASKED) ? said.slice(ASKED.length) : "";
  const sentence = w.why.reasons[said.slice(0, said.length - note.length)];
  const words = sentence ? sentence + note : said.startsWith(WISHED) ? w.why.wished(said.slice(WISHED.length)) : said;
  return urgency ? `${words} (${w.why.urgency[urgency]})` : words;
}
