// An assistant's instructions, which the server makes from the profile in the form. Shown next to the form and updated with it.
import { useEffect, useRef, useState } from "preact/hooks";
import { change, messageOf, Problem, sentence } from "../../api/client";
import type { Business, Prompt } from "../../api/model";
import { Icon } from "../../app/icons";
import { number } from "../../app/language";
import { cleaned } from "../draft";
import { t } from "./words";

/** How long typing must pause before the server is asked. */
const PAUSE_MS = 400;

interface Section {
  name: string;
  lines: string[];
  /** Whether it is made from what is in the form. */
  isBusiness: boolean;
}

const names: [RegExp, string, boolean][] = [
  [/^# Rules/, t.sections.rules, false],
  [/^# Who you are/, t.sections.who, false],
  [/^# How you speak/, t.sections.style, false],
  [/^# Now/, t.sections.now, true],
  [/^# The business/, t.sections.business, true],
];

/** The sections of the text. A text that the owner wrote never starts one, whatever it looks like. */
function sectionsOf({ text, added }: Prompt): Section[] {
  const sections: Section[] = [];
  let isOwners = false;
  const ofProfile = text.endsWith(added) ? text.slice(0, text.length - added.length).trimEnd() : text;
  for (const line of ofProfile.split("\n")) {
    if (line === "<owner>") isOwners = true;
    if (line === "</owner>") isOwners = false;
    if (!isOwners && line.startsWith("# ")) {
      const known = names.find(([begin]) => begin.test(line));
      sections.push({ name: known?.[1] ?? line.slice(2), lines: [], isBusiness: known?.[2] ?? true });
    } else if (line !== "<owner>" && line !== "</owner>") {
      sections.at(-1)?.lines.push(line);
    }
  }
  sections.push({ name: t.sections.telephone, lines: added.split("\n"), isBusiness: false });
  return sections;
}

/** The panel. `saved`: the business profile as it was last saved. */
export function ToldPrompt({ business, saved, onClose }: { business: Business; saved: Business; onClose: () => void }) {
  const [prompt, setPrompt] = useState<Prompt | null>(null);
  const [known, setKnown] = useState<Set<string>>(new Set());
  const [fault, setFault] = useState<string[]>([]);
  const turn = useRef(0);
  const body = JSON.stringify(cleaned(business));
  const before = JSON.stringify(cleaned(saved));
  const ask = (text: string) => change<Prompt>("POST", "/api/v1/business-profile/prompt", { business: JSON.parse(text) as object });
  useEffect(() => {
    void ask(before).then(
      (now) => setKnown(new Set(now?.text.split("\n") ?? [])),
      () => setKnown(new Set()),
    );
  }, [before]);
  useEffect(() => {
    turn.current += 1;
    const mine = turn.current;
    const timer = setTimeout(
      () => {
        ask(body).then(
          (now) => {
            if (turn.current !== mine) return;
            setPrompt(now);
            setFault([]);
          },
          (error: unknown) => {
            if (turn.current !== mine) return;
            const faults = error instanceof Problem ? error.faults.map(({ field, reason }) => sentence(`${field} ${reason}`)) : [];
            setFault(faults.length > 0 ? [t.wrong, ...faults] : [t.failed, messageOf(error)]);
          },
        );
      },
      prompt === null ? 0 : PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [body]);
  return (
    <section class="told-prompt" aria-labelledby="told-prompt">
      <div class="top">
        <h2 id="told-prompt" tabIndex={-1}>
          {t.title}
        </h2>
        <button type="button" class="btn quiet small" onClick={onClose}>
          {t.hide}
        </button>
      </div>
      <p class="hint">{t.hint}</p>
      {fault.length > 0 && (
        <div class="notice warn" role="status">
          <p>{fault.join(" ")}</p>
        </div>
      )}
      {prompt && (
        <>
          <p class="meta">
            {t.of(prompt.profile)} · <span class="n">{t.chars(number(prompt.chars))}</span>
          </p>
          <div class="text" tabIndex={0} role="group" aria-label={t.title}>
            {sectionsOf(prompt).map((section) => (
              <details key={section.name} open={section.isBusiness}>
                <summary class="open">
                  <Icon name="next" size="small" />
                  {section.name}
                </summary>
                <p class="lines" dir="auto">
                  {section.lines.map((line, at) => (
                    // The line's position is its identity.
                    <span key={at}>
                      {section.isBusiness && known.size > 0 && line.trim() !== "" && !known.has(line) && section.name !== t.sections.now ? <mark>{line}</mark> : line}
                      {"\n"}
                    </span>
                  ))}
                </p>
              </details>
            ))}
          </div>
        </>
      )}
    </section>
  );
}
