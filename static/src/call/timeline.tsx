// The events of a call next to the transcript: legs, keys, tools, barge-ins, the end.
import { Icon } from "../app/icons";
import { useRows } from "../app/rows";
import { inSentence } from "../words/people";
import { fullTime, length } from "../words/time";
import type { Mark } from "./marks";
import { w } from "./words";

/** The timeline; times count from `since`, ms since 1970. */
export function Timeline({ marks, since }: { marks: Mark[]; since: number }) {
  const rows = useRows(marks, [since], (mark) => (
    <li key={mark.seq} class={mark.tone}>
      <time class="meta" dateTime={new Date(mark.at).toISOString()} title={fullTime(new Date(mark.at))}>
        {length(mark.at - since)}
      </time>
      <span class="at">
        <Icon name={mark.icon} />
      </span>
      <div>
        <Title of={mark} /> <span class="meta">{mark.detail}</span>
        <More of={mark} />
      </div>
    </li>
  ));
  return (
    <section class="panel" aria-labelledby="timeline">
      <div class="top">
        <h2 id="timeline">{w.timeline}</h2>
      </div>
      <ol class="timeline on-paper" tabIndex={0} aria-label={w.timeline}>
        {rows}
      </ol>
    </section>
  );
}

/** The row's title, a link to its result. */
export function Title({ of }: { of: Mark }) {
  if (of.href === undefined) return <>{of.title}</>;
  return (
    <a class="bare" href={of.href}>
      {of.title}
    </a>
  );
}

/** Details on request: a tool's arguments and result. */
export function More({ of }: { of: Mark }) {
  if (of.more.length === 0) return null;
  return (
    <details>
      <summary>{of.more.map(({ name }) => inSentence(name)).join(", ")}</summary>
      {of.more.map(({ name, text }) => (
        <div key={name}>
          <p class="meta">{name}</p>
          <pre>{text}</pre>
        </div>
      ))}
    </details>
  );
}
