// The assistant's first words, and its instructions section by section.
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import { may } from "../api/me";
import { number } from "../app/language";
import { Icon } from "../app/icons";
import { Confirm } from "../app/parts";
import { roomAt } from "../app/rooms";
import { roomLeft } from "../app/form/rules";
import { ProfileBody } from "../api/rules";
import { useMember, useStudio } from "./context";
import { changedLines } from "./describe";
import { Changed, Fault, Lines, OneOf, Paper } from "./parts";
import { aboutTokens, joined, type Section, sectionsOf, withSection } from "./sections";
import { UnknownVariables, Variables } from "./variables";
import { w } from "./words";

const KNOWN = ["role", "rules", "knowledge", "closing"] as const;

/** The standard section with this heading, in this language or in English. */
function kindOf(heading: string | null): (typeof KNOWN)[number] | null {
  const said = heading?.trim().toLowerCase();
  return KNOWN.find((kind) => said === kind || said === w.section[kind].name.toLowerCase()) ?? null;
}

/** The column. */
export function Write() {
  const parts = useSections();
  return (
    <div class="sheet">
      <Contents sections={parts.sections} />
      <FirstWords />
      <Notice />
      {parts.sections.map((section, at) => (
        <Part key={section.id} {...{ section, at, parts }} />
      ))}
      <Add parts={parts} />
      <Joins />
    </div>
  );
}

interface Parts {
  sections: Section[];
  /** The published text, by heading; null if there is none. */
  was: Map<string | null, string> | null;
  edit: (sections: Section[]) => void;
  /** Splits the text again, for example after a heading was typed into a section. */
  settle: () => void;
}

/** The instructions as sections. They are split again only if the text was changed elsewhere, so that the user keeps their place. */
function useSections(): Parts {
  const { value, was: published, set } = useMember("instructions");
  const was = useMemo(() => (published === undefined ? null : new Map(sectionsOf(published).map(({ heading, body }) => [heading, body]))), [published]);
  const [sections, setSections] = useState(() => sectionsOf(value));
  const shown = useRef(value);
  if (shown.current !== value) {
    shown.current = value;
    const anew = sectionsOf(value);
    setSections(anew);
    return { sections: anew, was, edit: () => {}, settle: () => {} };
  }
  const edit = (to: Section[]) => {
    setSections(to);
    shown.current = joined(to);
    set(shown.current);
  };
  const settle = () => {
    const anew = sectionsOf(shown.current);
    if (anew.length > sections.length) setSections(anew);
  };
  return { sections, was, edit, settle };
}

const anchorOf = (section: Section) => `part-${section.id}`;

/** Links to the sections, and the approximate length of the whole. */
function Contents({ sections }: { sections: Section[] }) {
  const { value, fault } = useMember("instructions");
  const left = roomLeft(ProfileBody.instructions, value);
  return (
    <>
      <nav class="tabs contents" aria-label={w.write.contents}>
        {sections.map((section) => (
          <a
            key={section.id}
            href={`#${anchorOf(section)}`}
            onClick={(event) => {
              event.preventDefault();
              const part = document.getElementById(anchorOf(section));
              part?.scrollIntoView({ block: "start" });
              part?.querySelector("textarea")?.focus({ preventScroll: true });
            }}
          >
            {section.heading ?? w.section.start.name}
          </a>
        ))}
        <span class="push meta total">{left ?? w.write.tokens(number(aboutTokens(value)), aboutTokens(value))}</span>
      </nav>
      {fault !== "" && <Fault>{fault}</Fault>}
    </>
  );
}

function FirstWords() {
  const { value, was, isChanged, fault, set, off } = useMember("greeting");
  const id = useId();
  const [isOwn, setOwn] = useState(value === null);
  useEffect(() => {
    if (value !== null) setOwn(false);
  }, [value]);
  return (
    <section class={isChanged ? "part changed" : "part"} aria-labelledby={id}>
      <div class="part-head">
        <h2 id={id}>{w.write.first}</h2>
        {isChanged && <Changed />}
        <div class="push">
          <OneOf
            legend={w.write.whose}
            isLegendHidden
            value={isOwn ? "own" : "these"}
            choices={[
              { value: "these", label: w.write.these },
              { value: "own", label: w.write.own },
            ]}
            off={off}
            onChange={(to) => {
              setOwn(to === "own");
              if (to === "own") set(null);
            }}
          />
        </div>
      </div>
      {isOwn ? (
        <p class="said-first muted">{w.write.ownHint}</p>
      ) : (
        <Paper
          label={w.write.first}
          class="said-first"
          rows={1}
          value={value ?? ""}
          placeholder={w.write.firstExample}
          off={off}
          isWrong={fault !== ""}
          describedBy={`${id}-fault`}
          onInput={(text) => set(text === "" ? null : text)}
        />
      )}
      <Fault id={`${id}-fault`}>{fault}</Fault>
      <UnknownVariables text={value ?? ""} off={off} onChange={set} />
      {isChanged && was && (
        <p class="meta before" dir="auto">
          <span class="hidden">{w.write.before} </span>
          <del>{was}</del>
        </p>
      )}
    </section>
  );
}

function Notice() {
  const { value, was, isChanged, fault, set, off } = useMember("notice");
  const id = useId();
  const [isOpen, setOpen] = useState(value !== null);
  useEffect(() => {
    if (value !== null) setOpen(true);
  }, [value]);
  if (off && value === null) return null;
  return (
    <section class={isChanged ? "part changed" : "part"} aria-labelledby={id}>
      <div class="part-head">
        <h2 id={id}>{w.write.notice}</h2>
        {isChanged && <Changed />}
        {!isOpen && (
          <button type="button" class="btn quiet small push" onClick={() => setOpen(true)}>
            <Icon name="add" />
            {w.write.addNotice}
          </button>
        )}
      </div>
      {isOpen && (
        <>
          <p id={`${id}-hint`} class="meta">
            {w.write.noticeHint}
          </p>
          <Paper
            label={w.write.notice}
            rows={1}
            value={value ?? ""}
            placeholder={w.write.noticeExample}
            off={off}
            isWrong={fault !== ""}
            describedBy={`${id}-hint ${id}-fault`}
            onInput={(text) => set(text === "" ? null : text)}
          />
        </>
      )}
      <Fault id={`${id}-fault`}>{fault}</Fault>
      <UnknownVariables text={value ?? ""} off={off} onChange={set} />
      {isChanged && was && (
        <p class="meta before" dir="auto">
          <span class="hidden">{w.write.before} </span>
          <del>{was}</del>
        </p>
      )}
    </section>
  );
}

/** One section: its heading can be renamed, its text edited, and its published text is below it if it differs. */
function Part({ section, at, parts }: { section: Section; at: number; parts: Parts }) {
  const { sections, edit, settle } = parts;
  const { canWrite } = useStudio();
  const [asks, setAsks] = useState(false);
  const [heading, setHeading] = useState<string | null>(null);
  const kind = kindOf(section.heading);
  const name = section.heading ?? w.section.start.name;
  const was = parts.was && (parts.was.get(section.heading) ?? "");
  const lines = was === null || was === section.body ? [] : changedLines(was.split("\n"), section.body.split("\n"));
  const change = (to: Partial<Section>) => edit(sections.map((one, place) => (place === at ? { ...one, ...to } : one)));
  const rename = () => {
    const wanted = heading?.replace(/\s+/g, " ").trim() ?? "";
    if (wanted !== "" && wanted !== section.heading) change({ heading: wanted });
    setHeading(null);
  };
  const remove = () => {
    const next = sections[at + 1] ?? sections[at - 1];
    edit(sections.filter((_, place) => place !== at));
    // The pressed button is gone: the next section gets the focus.
    setTimeout(() => (next ? document.getElementById(anchorOf(next))?.querySelector("textarea") : document.querySelector<HTMLElement>(".add-part button"))?.focus());
  };
  const tokens = aboutTokens(section.body);
  return (
    <section id={anchorOf(section)} class={lines.length > 0 ? "part changed" : "part"} aria-label={name}>
      <div class="part-head">
        {section.heading === null || !canWrite ? (
          <h2>{name}</h2>
        ) : (
          <h2 class="renamed">
            <input
              aria-label={w.write.headingOf(name)}
              maxLength={100}
              autocomplete="off"
              dir="auto"
              value={heading ?? section.heading}
              onInput={(event) => setHeading(event.currentTarget.value)}
              onBlur={rename}
              onKeyDown={(event) => {
                if (event.key === "Enter") rename();
                if (event.key === "Escape") setHeading(null);
              }}
            />
          </h2>
        )}
        {lines.length > 0 && <Changed />}
        <span class="meta push">{w.write.tokens(number(tokens), tokens)}</span>
        {canWrite && (
          <button
            type="button"
            class="btn quiet square small"
            aria-label={w.write.removePart(name)}
            title={w.write.removePart(name)}
            onClick={() => (section.body.trim() === "" ? remove() : setAsks(true))}
          >
            <Icon name="remove" />
          </button>
        )}
      </div>
      <Paper
        label={name}
        class="read"
        value={section.body}
        placeholder={kind ? w.section[kind].hint : w.section.start.hint}
        off={!canWrite}
        onInput={(body) => change({ body })}
        onBlur={settle}
      />
      <UnknownVariables text={section.body} off={!canWrite} onChange={(body) => change({ body })} />
      {lines.length > 0 && (
        <details class="what-changed">
          <summary>{w.write.whatChanged}</summary>
          <Lines lines={lines} />
        </details>
      )}
      {asks && (
        <Confirm
          title={w.write.removePart(name)}
          text={w.write.removeText}
          verb={w.write.remove}
          onClose={() => setAsks(false)}
          onYes={remove}
        />
      )}
    </section>
  );
}

/** Adds a section: a missing standard one, or one with a heading of its own. */
function Add({ parts: { sections, edit } }: { parts: Parts }) {
  const { canWrite } = useStudio();
  const added = useRef<number | null>(null);
  useEffect(() => {
    if (added.current === null) return;
    document.getElementById(`part-${added.current}`)?.querySelector("textarea")?.focus();
    added.current = null;
  });
  if (!canWrite) return null;
  const there = new Set(sections.map(({ heading }) => kindOf(heading)));
  const add = (heading: string) => {
    const taken = new Set(sections.map((section) => section.heading));
    let free = heading;
    for (let n = 2; taken.has(free); n += 1) free = `${heading} ${n}`;
    const all = withSection(sections, free);
    added.current = all.at(-1)?.id ?? null;
    edit(all);
  };
  return (
    <div class="part add-part" role="group" aria-label={w.write.add}>
      <span class="meta">{w.write.add}</span>
      {KNOWN.filter((kind) => !there.has(kind)).map((kind) => (
        <button key={kind} type="button" class="chip" onClick={() => add(w.section[kind].name)}>
          <Icon name="add" />
          {w.section[kind].name}
        </button>
      ))}
      <button type="button" class="chip" onClick={() => add(w.section.other)}>
        <Icon name="add" />
        {w.section.other}
      </button>
    </div>
  );
}

/** The text that the server adds to the instructions. */
function Joins() {
  const leads = roomAt("/business") !== null && may("business_read");
  return (
    <div class="part joins">
      <p class="meta">
        {w.write.joins} {leads && <a href="/business">{w.write.business}</a>}
      </p>
      <Variables />
    </div>
  );
}
