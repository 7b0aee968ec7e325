// Variables in an assistant's texts: the list, and the message about an unknown one. The server fills them when a call begins
// (`schema/src/profile_variables.rs`).
import { Fault } from "./parts";
import { w } from "./words";

/** The known variables. */
const NAMES = ["business_name", "assistant_name", "caller_number", "customer_name", "customer_email", "date", "time"] as const;
type Name = (typeof NAMES)[number];
/** Variables of a dialler's lead: any column of its table (docs/osdial.md). */
const OF_DIALLER = /^(lead|campaign)\.[^\s.]+$/;

/** An unknown variable in the text. */
interface Unknown {
  /** With its braces. */
  written: string;
  /** The name that was probably meant; null if none is similar. */
  meant: Name | null;
}

/** The number of letters to change, insert or remove to turn one word into the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, its] of [...other].entries()) next.push(Math.min((row[j] ?? 0) + (letter === its ? 0 : 1), (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    row = next;
  }
  return row.at(-1) ?? 0;
}

function unknownIn(text: string): Unknown[] {
  const found = new Map<string, Unknown>();
  for (const [written, inside = ""] of text.matchAll(/\{\{([^{}]{0,60})\}\}/g)) {
    const name = inside.trim();
    if ((NAMES as readonly string[]).includes(name) || OF_DIALLER.test(name)) continue;
    const plain = name.toLowerCase().replace(/[\s-]+/g, "_");
    const [nearest] = [...NAMES].sort((one, other) => distance(plain, one) - distance(plain, other));
    const isNear = nearest !== undefined && distance(plain, nearest) <= Math.max(2, nearest.length / 3);
    found.set(written, { written, meant: isNear ? nearest : null });
  }
  return [...found.values()].slice(0, 3);
}

/** Reports unknown variables in a text, with a fix. */
export function UnknownVariables({ text, off, onChange }: { text: string; off: boolean; onChange: (text: string) => void }) {
  const unknown = unknownIn(text);
  return (
    <>
      <Fault>{unknown.map(({ written }) => w.variables.unknown(written)).join(" ")}</Fault>
      {!off &&
        unknown.map(({ written, meant }) =>
          meant === null ? null : (
            <button key={written} type="button" class="chip" onClick={() => onChange(text.replaceAll(written, `{{${meant}}}`))}>
              {w.variables.replace(`{{${meant}}}`)}
            </button>
          ),
        )}
    </>
  );
}

/** The list of variables. */
export function Variables() {
  return (
    <details class="what-changed">
      <summary>{w.variables.title}</summary>
      <p class="meta">{w.variables.hint}</p>
      <ul class="meta">
        {NAMES.map((name) => (
          <li key={name}>
            <code>{`{{${name}}}`}</code> {w.variables.means[name]}
          </li>
        ))}
      </ul>
    </details>
  );
}
