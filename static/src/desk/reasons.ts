// Why a call is offered, in the language of the page. Callers, assistants and agents say it in their own words; the server's own sentences
// (call/src/machine, actors/src/call/at_desks.rs) are English.
import { w } from "./words/parts";

/** Before the words by which a caller has asked for a person. */
const WISHED = "the caller asked for it: ";
/** How urgent an assistant says that it is. */
const URGENCY = / \(urgency: (low|normal|emergency)\)$/;

/** A reason as text. */
export function reasonInWords(reason: string): string {
  const urgency = URGENCY.exec(reason)?.[1] as keyof typeof w.why.urgency | undefined;
  const said = reason.replace(URGENCY, "");
  const words = w.why.reasons[said] ?? (said.startsWith(WISHED) ? w.why.wished(said.slice(WISHED.length)) : said);
  return urgency ? `${words} (${w.why.urgency[urgency]})` : words;
}
