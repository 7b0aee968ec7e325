// The fields that filter the list. The address is the truth: what is typed goes there after a pause.
import { useEffect, useRef, useState } from "preact/hooks";
import { go } from "../app/router";
import { causeList } from "../words/call";
import { addressOf, type Filters, isFiltered, NONE } from "./filters";

const TYPING_PAUSE_MS = 250;

/** The form; `filters` are those of the address. */
export function FilterBar({ filters }: { filters: Filters }) {
  const [typed, setTyped] = useState(filters);
  const [open, setOpen] = useState(false);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const address = addressOf(filters);
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
      <form class="filters" aria-label="Filter calls" onSubmit={(event) => event.preventDefault()}>
        <div class="field short">
          <label for="filter-show">Show</label>
          <select
            id="filter-show"
            value={typed.show}
            onChange={(event) => set({ show: event.currentTarget.value as Filters["show"] }, "now")}
          >
            <option value="">All calls</option>
            <option value="live">Live</option>
            <option value="ended">Past</option>
          </select>
        </div>
        {text("from", "Caller", "Part of the number")}
        {/* On a phone the rest waits behind this button. */}
        <button type="button" class="toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
          More filters
        </button>
        <div class="secondary">
          {text("to", "Dialled", "Part of the number")}
          {text("q", "Words said", "In the transcript")}
          <div class="field">
            <label for="filter-cause">How it ended</label>
            <select
              id="filter-cause"
              value={typed.cause}
              onChange={(event) => set({ cause: event.currentTarget.value }, "now")}
            >
              <option value="">Any way</option>
              {causeList.map(([code, words]) => (
                <option key={code} value={code}>
                  {words}
                </option>
              ))}
            </select>
          </div>
          {date("since", "From day")}
          {date("until", "To day")}
        </div>
        {isFiltered(filters) && (
          <button type="button" onClick={() => go(addressOf(NONE))}>
            Clear
          </button>
        )}
      </form>
    </search>
  );
}
