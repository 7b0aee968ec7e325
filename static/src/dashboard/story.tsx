// A summary in a sentence or two; each number links to its calls.
import type { ComponentChildren } from "preact";
import type { Figures } from "./figures";
import { callsOf, leadsOf } from "./range";
import { w } from "./words";

/** The sentence for a range of days. */
export function Story({ figures, days, isToday }: { figures: Figures; days: { from: string; to: string }; isToday: boolean }) {
  const { calls, alone, missed, leads, bookings } = figures;
  if (calls === 0) {
    return (
      <section class="story">
        <p class="lede">{isToday ? w.story.none : w.story.noneInSpan}</p>
      </section>
    );
  }
  const found = [bookings > 0 ? w.story.bookings(bookings) : "", leads > 0 ? w.story.leads(leads) : ""].filter((part) => part !== "");
  const sentences: ComponentChildren[] = [<a href={callsOf(days, "contained")}>{w.story.took(alone, calls)}</a>];
  if (found.length > 0) sentences.push(<a href={leads > 0 ? leadsOf(days) : "/appointments"}>{w.story.and(found)}</a>);
  if (missed > 0) sentences.push(<a href={callsOf(days, "missed")}>{w.story.missed(missed)}</a>);
  return (
    <section class="story">
      <p class="lede">
        {sentences.map((sentence, at) => (
          <span key={at}>{sentence} </span>
        ))}
      </p>
    </section>
  );
}
