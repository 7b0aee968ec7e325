// The fields that filter the list. The address is the truth: what is typed goes there after a pause.
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../app/router";
import { causeList } from "../words/call";
import type { KnownTag, KnownTopic, Page } from "../api/model";
import { useLoaded } from "../app/load";
import { addressOf, type Filters, isFiltered, SERVED_BY } from "./filters";
import { wholeAddress } from "./views/views";
import { w as beside } from "./views/words";
import { w } from "./words";

const TYPING_PAUSE_MS = 250;

/** A value, and its words. */
type Choice = readonly [string, string];

/** The form; `filters` are those of the address. */
export function FilterBar({ filters }: { filters: Filters }) {
  const [typed, setTyped] = useState(filters);
  const [open, setOpen] = useState(false);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const address = addressOf(filters);
  const tags = useLoaded<Page<KnownTag>>("/api/v1/call-tags").value?.items.map(({ tag }): Choice => [tag, tag]) ?? [];
  const topics = useLoaded<Page<KnownTopic>>("/api/v1/call-topics").value?.items.map(({ name, title }): Choice => [name, title]) ?? [];
  /** The choices that there are, and the one of the address. */
  const shown = (name: "tag" | "topic", known: Choice[]): Choice[] =>
    filters[name] === "" || known.some(([value]) => value === filters[name]) ? known : [[filters[name], filters[name]], ...known];
  useEffect(() => {
    // Back, forward and Clear change the address under the fields.
    clearTimeout(pause.current);
    setTyped(filters);
  }, [address]);

  const set = (change: Partial<Filters>, when: "now" | "after a pause") => {
    const wanted = { ...typed, ...change };
    setTyped(wanted);
    clearTimeout(pause.current);
    if (when === "now") go(addressOf(wanted));
    else pause.current = setTimeout(() => go(addressOf(wanted), "replace"), TYPING_PAUSE_MS);
  };
  const text = (name: "from" | "to" | "q", label: string, hint: string) => (
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
  const choice = (name: "cause" | "served_by" | "tag" | "topic", label: string, any: string, choices: readonly Choice[]) =>
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
  const date = (name: "since" | "until", label: string) => (
    <div class="field day">
      <label for={`filter-${name}`}>{label}</label>
      <input
        id={`filter-${name}`}
        type="date"
        value={typed[name]}
        onChange={(event) => set({ [name]: event.currentTarget.value }, "now")}
      />
    </div>
  );
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
        {/* On a phone the rest waits behind this button. */}
        <button type="button" class="toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          {w.filter.more}
        </button>
        <div class="secondary">
          {text("to", w.filter.dialled, w.filter.anyNumber)}
          {text("q", w.filter.words, w.filter.anyWords)}
          {choice("served_by", w.filter.servedBy, w.filter.anybody, SERVED_BY.map((one): Choice => [one, w.filter.served[one]]))}
          {choice("cause", w.filter.cause, w.filter.anyWay, causeList)}
          {choice("tag", beside.tag, beside.any, shown("tag", tags))}
          {choice("topic", beside.topic, beside.any, shown("topic", topics))}
          {date("since", w.filter.since)}
          {date("until", w.filter.until)}
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
