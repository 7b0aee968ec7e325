// When and how often people of each country may be called; a campaign's own hours narrow that.
import { useState } from "preact/hooks";
import type { CountryRule, Page } from "../api/model";
import { Icon } from "../app/icons";
import { language, number } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed, Skeleton } from "../app/parts";
import { nameOf, spansOf } from "./hours";
import { w } from "./words";

const names = new Intl.DisplayNames([language], { type: "region" });

/** The name of the country, with the state if the rule is for a state. */
function placeOf({ country, state }: CountryRule): string {
  if (country === "*") return w.countryRules.others;
  const name = names.of(country) ?? country;
  return state === null ? name : `${name}, ${state}`;
}

/** The table, which is loaded once it is opened. */
export function CountryRules() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="open">
        <Icon name="next" size="small" />
        {w.countryRules.title}
      </summary>
      {isOpen && <All />}
    </details>
  );
}

function All() {
  const { value, fault, again } = useLoaded<Page<CountryRule>>("/api/v1/country-rules");
  const words = w.countryRules;
  if (!value) return fault === "" ? <Skeleton rows={6} /> : <Failed message={fault} onRetry={() => void again()} />;
  return (
    <>
      <p class="hint">{words.hint}</p>
      <dl class="country-rules">
        {value.items.map((rule) => (
          <div key={`${rule.country} ${rule.state ?? ""}`}>
            <dt>{placeOf(rule)}</dt>
            <dd>
              {nameOf(1)}–{nameOf(5)} {spansOf(rule.weekdays) || w.noCalls}; {nameOf(6)} {spansOf(rule.saturday) || w.noCalls}; {nameOf(7)}{" "}
              {spansOf(rule.sunday) || w.noCalls}; {words.often(number(rule.per_day_max), number(rule.per_30_days_max))}
            </dd>
            <dd class="meta" lang="en">
              {rule.source}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
