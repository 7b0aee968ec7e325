// The results of a call, below its name: its subject in the provider's words, and what was created in it, each with its page.
import { Icon } from "../app/icons";
import type { Story } from "./fold";
import { Title } from "./timeline";
import { w } from "./words";

/** The section; empty for a call without results. */
export function Outcome({ story }: { story: Story }) {
  const results = story.marks.filter(({ href }) => href !== undefined);
  const hasPerson = story.talks.length > 0;
  return (
    <>
      {story.summary !== "" && (
        <p class="read" dir="auto">
          {story.summary}
        </p>
      )}
      {(hasPerson || results.length > 0) && (
        <ul class="outcome" aria-label={w.outcome}>
          {hasPerson && (
            <li>
              <Icon name="person" size="small" />
              {w.marks.personTookOver}
            </li>
          )}
          {results.map((mark) => (
            <li key={mark.seq}>
              <Icon name={mark.icon} size="small" />
              <Title of={mark} />
              {mark.detail !== "" && <span class="meta">{mark.detail}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
