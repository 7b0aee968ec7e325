// The effects of a business profile, by the server's rules: next to the form, updated during editing.
import type { Business } from "../api/model";
import { Icon } from "../app/icons";
import { listed, number, plural } from "../app/language";
import { now } from "../app/now";
import { CHARS_MAX, charsOf } from "./draft";
import { momentIn, type Standing, standingAt, wallIn } from "./hours";
import { w } from "./words";

/** The longest appointment that can be booked, in minutes. */
const APPOINTMENT_MINUTES_MAX = 12 * 60;

/** The current state of the business, and the local time there. */
export function standingNow(business: Business): [Standing, number] {
  const wall = wallIn(business.time_zone, new Date(now.value));
  return [standingAt(business, wall), wall];
}

/** The page's first sentence. */
export function Lede({ business, isWritten }: { business: Business; isWritten: boolean }) {
  if (!isWritten) return <>{w.lede.nothing}</>;
  const name = business.name.trim() || w.lede.unnamed;
  const [standing, wall] = standingNow(business);
  switch (standing.is) {
    case "always":
      return <>{w.lede.always(name)}</>;
    case "open":
      return <>{standing.until === null ? w.lede.openLong(name) : w.lede.open(name, momentIn(standing.until, wall))}</>;
    case "closed":
      return <>{standing.opens === null ? w.lede.closedLong(name) : w.lede.closed(name, momentIn(standing.opens, wall))}</>;
  }
}

/** The effects. */
export function Follows({ business }: { business: Business }) {
  const { services, hours, escalation, never_promise } = business;
  const [standing, wall] = standingNow(business);
  const bookable = services.filter(({ duration_minutes: took }) => took !== null && took <= APPOINTMENT_MINUTES_MAX).length;
  const people = escalation?.targets.filter((target) => target.trim() !== "") ?? [];
  const chars = charsOf(business);
  const never = never_promise.filter((line) => line.trim() !== "").length;
  return (
    <section class="follows" aria-labelledby="follows">
      <h2 id="follows">{w.follows.title}</h2>
      <ul>
        <li>
          <span class={standing.is === "closed" ? "lamp" : "lamp on live"} aria-hidden="true" />
          <span>{inWords(standing, wall)}</span>
        </li>
        <li>
          <Icon name="appointments" />
          <span>
            {hours === null
              ? w.follows.noHours
              : services.length === 0
                ? w.follows.noServices
                : w.follows.bookable(bookable, services.length)}
          </span>
        </li>
        <li>
          <Icon name="person" />
          <span dir="auto">
            {people.length === 0
              ? w.follows.nobody
              : escalation?.when === "open_hours" && hours !== null
                ? w.follows.peopleOpen(listed(people))
                : w.follows.people(listed(people))}
          </span>
        </li>
        {never > 0 && (
          <li>
            <Icon name="away" />
            <span>{w.follows.never(number(never), plural(never, w.follows.promises))}</span>
          </li>
        )}
      </ul>
      <meter class="meter" aria-label={w.follows.roomName} min={0} max={CHARS_MAX} high={CHARS_MAX * 0.9} optimum={0} value={Math.min(chars, CHARS_MAX)} />
      <p class={chars > CHARS_MAX ? "error" : "meta"}>{w.follows.room(number(chars), number(CHARS_MAX))}</p>
    </section>
  );
}

function inWords(standing: Standing, wall: number): string {
  switch (standing.is) {
    case "always":
      return w.follows.always;
    case "open":
      return standing.until === null ? w.follows.openLong : w.follows.open(momentIn(standing.until, wall));
    case "closed":
      return standing.opens === null ? w.follows.closedLong : w.follows.closed(momentIn(standing.opens, wall));
  }
}
