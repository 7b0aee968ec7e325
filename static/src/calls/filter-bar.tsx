// The fields that filter the list. The address holds the filters: typed text goes there after a pause.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { go } from "../app/router";
import { causeList } from "../words/call";
import { may } from "../api/me";
import type { KnownTag, KnownTopic, Page, Profile, User } from "../api/model";
import { useAll, useLoaded } from "../app/load";
import { momentOf, placeOf } from "../app/business-clock";
import { minutesOf, written } from "../appointments/zone";
import { addressOf, COUNTED, type Filters, isFiltered, isMoment } from "./filters";
import { wholeAddress } from "./views/views";
import { w as beside } from "./views/words";
import { w } from "./words";

const TYPING_PAUSE_MS = 250;

/** A value, and its label. */
type Choice = readonly [string, string];

/** A moment in the form of a date-time field, on the clock of a zone. */
function onClock(moment: string, zone: string): string {
  const { day, minutes } = placeOf(new Date(moment), zone);
  return `${day}T${written(minutes)}`;
}

/** The moment in such a field; empty if it has none. */
function byClock(text: string, zone: string): string {
  const [day = "", time = ""] = text.split("T");
  const minutes = minutesOf(time);
  return day === "" || minutes === null ? "" : momentOf({ day, minutes }, zone).toISOString();
}

/** The form; `filters` are those of the address, and `zone` is that of their days and times. */
export function FilterBar({ filters, zone }: { filters: Filters; zone: string }) {
  const [typed, setTyped] = useState(filters);
  const [open, setOpen] = useState(false);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const address = addressOf(filters);
  const tags = useLoaded<Page<KnownTag>>("/api/v1/call-tags").value?.items.map(({ tag }): Choice => [tag, tag]) ?? [];
  const topics = useLoaded<Page<KnownTopic>>("/api/v1/call-topics").value?.items.map(({ name, title }): Choice => [name, title]) ?? [];
  // Links from the figures filter by a profile or an agent: their names are requested only then.
  const profiles = useLoaded<Page<Profile>>(filters.profile !== "" && may("profiles_read") ? "/api/v1/agent-profiles?limit=200" : null);
  const users = useAll<User>(filters.agent !== "" && may("users_read") ? "/api/v1/users" : null, 200);
  /** The known choices, and the one in the address. */
  const shown = (name: "cause" | "tag" | "topic" | "profile" | "agent", known: Choice[], words = filters[name]): Choice[] =>
    filters[name] === "" || known.some(([value]) => value === filters[name]) ? known : [[filters[name], words], ...known];
  // Before anything more can be typed: it would be taken back.
  useLayoutEffect(() => {
    // Back, forward and Clear change the address while the fields are shown.
    setTyped(filters);
    // Text that is typed just before the page is left must not lead back to it.
    return () => clearTimeout(pause.current);
  }, [address]);

  const set = (change: Partial<Filters>, when: "now" | "after a pause") => {
    const wanted = { ...typed, ...change };
    setTyped(wanted);
    clearTimeout(pause.current);
    if (when === "now") go(addressOf(wanted));
    else pause.current = setTimeout(() => go(addressOf(wanted), "replace"), TYPING_PAUSE_MS);
  };
  const text = (name: "from" | "to" | "number" | "q", label: string, hint: string) => (
    <div class="field">
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type="search"
        autocomplete="off"
        placeholder={hint}
        maxLength={100}
        value={typed[name]}
        onInput={(event) => set({ [name]: event.currentTarget.value }, "after a pause")}
      />
    </div>
  );
  const choice = (name: "cause" | "tag" | "topic" | "counted" | "profile" | "agent", label: string, any: string, choices: readonly Choice[]) =>
    choices.length > 0 && (
      <div class="field">
        <label for={`filter-${name}`}>{label}</label>
        <select id={`filter-${name}`} value={typed[name]} onChange={(event) => set({ [name]: event.currentTarget.value }, "now")}>
          <option value="">{any}</option>
          {choices.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </div>
    );
  const date = (name: "since" | "until") => {
    const hasTime = isMoment(typed[name]);
    return (
      <div class={hasTime ? "field" : "field day"}>
        <label for={`filter-${name}`}>{hasTime ? w.filter.moments[name] : w.filter[name]}</label>
        <input
          id={`filter-${name}`}
          type={hasTime ? "datetime-local" : "date"}
          value={hasTime ? onClock(typed[name], zone) : typed[name]}
          onChange={({ currentTarget: { value, validity } }) => {
            // A half-typed day is not a day yet, nor is one of the first century: its year is being typed.
            if (!validity.badInput && value[0] !== "0") set({ [name]: hasTime ? byClock(value, zone) : value }, "now");
          }}
        />
      </div>
    );
  };
  return (
    <search>
      <form class="filters" aria-label={w.filter.name} onSubmit={(event) => event.preventDefault()}>
        <div class="field short">
          <label for="filter-show">{w.filter.show}</label>
          <select
            id="filter-show"
            value={typed.show}
            onChange={(event) => set({ show: event.currentTarget.value as Filters["show"] }, "now")}
          >
            <option value="">{w.filter.all}</option>
            <option value="live">{w.filter.live}</option>
            <option value="ended">{w.filter.ended}</option>
          </select>
        </div>
        {text("from", w.filter.caller, w.filter.anyNumber)}
        {/* On a phone the other fields are hidden until this button is pressed. */}
        <button type="button" class="toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.filter.more}
        </button>
        <div class="secondary">
          {text("to", w.filter.dialled, w.filter.anyNumber)}
          {text("q", w.filter.words, w.filter.anyWords)}
          {filters.number !== "" && text("number", w.filter.number, w.filter.anyNumber)}
          {choice("cause", w.filter.cause, w.filter.anyWay, shown("cause", causeList, filters.cause.replaceAll("_", " ")))}
          {choice("counted", w.filter.counted, w.filter.anything, COUNTED.map((one): Choice => [one, w.filter.countedAs[one]]))}
          {filters.profile !== "" &&
            choice("profile", w.column.assistant, w.filter.anything, shown("profile", profiles.value?.items.map(({ id, name }): Choice => [id, name]) ?? []))}
          {filters.agent !== "" && choice("agent", beside.column.agents, w.filter.anything, shown("agent", users.value?.map(({ id, name }): Choice => [id, name]) ?? []))}
          {choice("tag", beside.tag, beside.any, shown("tag", tags))}
          {choice("topic", beside.topic, beside.any, shown("topic", topics))}
          {date("since")}
          {date("until")}
        </div>
        {isFiltered(filters) && (
          <button type="button" onClick={() => go(wholeAddress())}>
            {w.filter.clear}
          </button>
        )}
      </form>
    </search>
  );
}
