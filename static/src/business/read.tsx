// The business profile as text, for users who may read it but not change it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { BusinessView } from "../api/model";
import { bookingRulesInWords, serviceInWords } from "./booking";
import { businessOf } from "./draft";
import { Follows, Lede } from "./follows";
import { DAYS, dateInWords, dayName, spanInWords } from "./hours";
import { languageName } from "./languages";
import { DayBar } from "./week";
import { w } from "./words";
import { listed } from "../app/language";

/** The saved profile; empty sections are left out. */
export function BusinessRead({ view }: { view: BusinessView }) {
  const business = businessOf(view);
  const { hours, escalation } = business;
  return (
    <>
      <p class="lede">
        <Lede business={business} isWritten={view.revision > 0} />
      </p>
      <div class="split">
        <div class="sheet reading">
          <Part title={w.about.title}>
            <dl class="facts">
              <Fact name={w.about.name}>{business.name}</Fact>
              <Fact name={w.about.trade}>{business.trade}</Fact>
              <Fact name={w.about.area}>{business.area}</Fact>
              <Fact name={w.about.zone}>{business.time_zone.replaceAll("_", " ")}</Fact>
              <Fact name={w.about.languages}>{listed(business.languages.map(languageName))}</Fact>
            </dl>
          </Part>
          {hours && (
            <Part title={w.hours.title}>
              <ul class="week">
                {DAYS.map((day) => (
                  <li key={day} class="day">
                    <span class="day-name">{dayName(day)}</span>
                    <div class="day-hours">
                      <span>{hours[day].length === 0 ? w.hours.closed : hours[day].map(spanInWords).join(", ")}</span>
                      <DayBar spans={hours[day]} />
                    </div>
                  </li>
                ))}
              </ul>
            </Part>
          )}
          <Rows
            title={w.holidays.title}
            rows={business.holidays.map(({ name, from, to, hours: special }) => [
              name,
              `${to && to !== from ? `${dateInWords(from)} – ${dateInWords(to)}` : dateInWords(from)}, ${
                special.length === 0 ? w.holidays.closed : w.holidays.openFrom(special.map(spanInWords).join(", "))
              }`,
            ])}
          />
          <Rows
            title={w.services.title}
            rows={business.services.map((service) => [
              service.name,
              [...serviceInWords(service), service.description].filter(Boolean).join(" · "),
            ])}
          />
          <Rows title={w.bookings.title} rows={bookingRulesInWords(business).map((rule) => [rule, ""])} />
          <Rows title={w.questions.title} rows={business.faq.map(({ question, answer }) => [question, answer])} />
          <Rows title={w.promises.may} rows={business.may_promise.map((line) => [line, ""])} />
          <Rows title={w.promises.never} rows={business.never_promise.map((line) => [line, ""])} />
          {escalation && (
            <Part title={w.people.title}>
              <dl class="facts">
                <Fact name={w.people.targets}>{listed(escalation.targets)}</Fact>
                <Fact name={w.people.when}>{w.people[escalation.when]}</Fact>
                <Fact name={w.people.otherwise}>{w.people[escalation.otherwise]}</Fact>
              </dl>
            </Part>
          )}
          <Rows title={w.texts.title} rows={business.sms_templates.map(({ name, text }) => [name, text])} />
          <Rows title={w.notes.title} rows={business.notes.trim() === "" ? [] : [[business.notes, ""]]} />
        </div>
        <aside>
          <Follows business={business} />
        </aside>
      </div>
    </>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section class="part" aria-labelledby={id}>
      <div class="part-head">
        <h2 id={id}>{title}</h2>
      </div>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: string }) {
  if (children.trim() === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

function Rows({ title, rows }: { title: string; rows: [string, string][] }) {
  if (rows.length === 0) return null;
  return (
    <Part title={title}>
      <ul class="read-rows">
        {rows.map(([name, more], at) => (
          <li key={at}>
            <strong dir="auto">{name}</strong>
            {more !== "" && (
              <span class="muted" dir="auto">
                {more}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Part>
  );
}
