// An assistant's instructions as sections, one for each `## Heading`. Joined they are exactly the same text again.

/** A section of the instructions. `id` stays the same while it is edited. */
export interface Section {
  id: number;
  /** Its heading; null for the text before the first one. */
  heading: string | null;
  /** Blank lines between the heading and the text, and after the text: kept as they were. */
  lead: string;
  body: string;
  tail: string;
}

let made = 0;

function section(heading: string | null, text: string): Section {
  const lead = /^(?:[ \t]*\r?\n)*/.exec(text)?.[0] ?? "";
  const rest = text.slice(lead.length);
  const body = rest.replace(/\s+$/, "");
  made += 1;
  return { id: made, heading, lead, body, tail: rest.slice(body.length) };
}

/** Splits a text into sections. A heading within a code block doesn't count. */
export function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let heading: string | null = null;
  let held = "";
  let isCode = false;
  for (const line of text.split(/(?<=\n)/)) {
    if (/^(```|~~~)/.test(line)) isCode = !isCode;
    const found = isCode ? null : /^## (.*\S)[ \t]*\r?\n?$/.exec(line);
    if (!found || `## ${found[1]}` !== line.replace(/\r?\n$/, "")) {
      held += line;
      continue;
    }
    if (heading !== null || held !== "") sections.push(section(heading, held));
    heading = found[1] ?? "";
    // The line's end belongs to what follows it.
    held = line.slice(`## ${heading}`.length);
  }
  if (heading !== null || held !== "") sections.push(section(heading, held));
  return sections;
}

/** Joins the sections again. */
export function joined(sections: readonly Section[]): string {
  return sections
    .map(({ heading, lead, body, tail }, at) => {
      const text = (heading === null ? "" : `## ${heading}`) + lead + body + tail;
      // A heading starts a new line, even if the section before it was emptied or lost its last line break.
      return at < sections.length - 1 && text !== "" && !text.endsWith("\n") ? `${text}\n` : text;
    })
    .join("");
}

/** Adds a section at the end, after a blank line. */
export function withSection(sections: readonly Section[], heading: string, body = ""): Section[] {
  made += 1;
  const added: Section = { id: made, heading, lead: "\n", body, tail: "\n" };
  const last = sections.at(-1);
  if (!last) return [added];
  const tail = /\n[ \t]*\r?\n$/.test(last.tail) ? last.tail : "\n\n";
  return [...sections.slice(0, -1), { ...last, tail }, added];
}

/** The approximate number of a text's tokens for a model: a token is about four bytes. */
export function aboutTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / 4);
}
