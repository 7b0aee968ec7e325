// The form for everything in the business profile, section by section.
import type { ComponentChildren } from "preact";
import type { Business } from "../api/model";
import { HolidayBody, QuestionBody, ServiceBody, SmsTemplateBody } from "../api/rules";
import { ListField, NumberField, TextArea, TextField } from "../app/form/fields";
import { ALL, type Draft } from "../app/form/record";
import { w as common } from "../app/words";
import { BookingOfService, BookingsFields, serviceInWords } from "./booking";
import { ROWS_MAX } from "./draft";
import { dateInWords, spanInWords } from "./hours";
import { LanguagesField, ZoneField } from "./languages";
import { PeopleField } from "./people";
import { PriceField } from "./price";
import { FoldRows } from "./rows";
import { Spans, WeekField } from "./week";
import { w } from "./words";

/** The sections, in the page's order: the id of each in the address, and its name. */
export const PARTS = [
  ["about", w.about.title],
  ["hours", w.hours.title],
  ["holidays", w.holidays.title],
  ["services", w.services.title],
  ["bookings", w.bookings.title],
  ["questions", w.questions.title],
  ["promises", w.promises.title],
  ["people", w.people.title],
  ["texts", w.texts.title],
  ["notes", w.notes.title],
] as const;

/** A section with its heading. */
function Part({ id, hint, children }: { id: (typeof PARTS)[number][0]; hint?: string; children: ComponentChildren }) {
  return (
    <section id={id} class="part" aria-labelledby={`${id}-title`}>
      <div class="part-head">
        <h2 id={`${id}-title`}>{w[id].title}</h2>
        {hint !== undefined && <p class="meta">{hint}</p>}
      </div>
      {children}
    </section>
  );
}

/** The fields. The bar at the bottom names unsaved changes, and saves them. `isNew`: nothing was ever saved. */
export function BusinessForm({ draft, isNew, onDiscard }: { draft: Draft<Business>; isNew: boolean; onDiscard: () => void }) {
  const currency = draft.value.services.flatMap(({ price }) => (price.type === "on_request" ? [] : [price.currency])).at(-1) ?? "EUR";
  return (
    <form ref={draft.form} class="record" aria-label={w.form} noValidate onSubmit={(event) => void draft.submit(event)}>
      <div class="sheet">
        <Part id="about">
          <div class="pair">
            <TextField draft={draft} name="name" label={w.about.name} hint={w.about.nameHint} />
            <TextField draft={draft} name="trade" label={w.about.trade} hint={w.about.tradeHint} />
          </div>
          <TextArea draft={draft} name="area" label={w.about.area} hint={w.about.areaHint} rows={2} />
          <div class="pair">
            <ZoneField draft={draft} isNew={isNew} />
            <LanguagesField draft={draft} />
          </div>
        </Part>
        <Part id="hours">
          <WeekField draft={draft} />
          <p class="error" role="alert">
            {draft.faults.hours ?? ""}
          </p>
        </Part>
        <Part id="holidays" hint={w.holidays.hint}>
          <FoldRows
            draft={draft}
            list="holidays"
            rules={HolidayBody}
            max={200}
            blank={() => ({ name: "", from: "", to: null, hours: [] })}
            add={w.holidays.add}
            none={w.holidays.none}
            unnamed={w.holidays.unnamed}
            nameOf={({ name }) => name}
            shown={({ from, to, hours }) =>
              [
                to && to !== from ? `${dateInWords(from)} – ${dateInWords(to)}` : dateInWords(from),
                hours.length === 0 ? w.holidays.closed : w.holidays.openFrom(hours.map(spanInWords).join(", ")),
              ].join(" · ")
            }
          >
            {(row) => (
              <>
                <TextField draft={row} name="name" label={w.holidays.name} />
                <div class="pair">
                  <TextField draft={row} name="from" type="date" label={w.holidays.from} />
                  <TextField draft={row} name="to" type="date" label={w.holidays.to} hint={w.holidays.toHint} />
                </div>
                <div class="field">
                  <span class="label">{w.holidays.special}</span>
                  <Spans
                    what={row.value.name.trim() || w.holidays.unnamed}
                    spans={row.value.hours}
                    fault={row.faults.hours}
                    onChange={(hours) => row.set("hours", hours)}
                  />
                </div>
              </>
            )}
          </FoldRows>
        </Part>
        <Part id="services" hint={w.services.hint}>
          <FoldRows
            draft={draft}
            list="services"
            rules={ServiceBody}
            max={ROWS_MAX}
            blank={() => ({ name: "", description: "", price: { type: "on_request" }, duration_minutes: null })}
            add={w.services.add}
            none={w.services.none}
            unnamed={w.services.unnamed}
            nameOf={({ name }) => name}
            shown={(service) => serviceInWords(service).join(" · ")}
          >
            {(row) => (
              <>
                <div class="pair">
                  <TextField draft={row} name="name" label={w.services.name} />
                  <NumberField draft={row} name="duration_minutes" label={w.services.minutes} unit={w.services.minutesUnit} hint={w.services.minutesHint} />
                </div>
                <PriceField draft={row} currency={currency} />
                <TextArea draft={row} name="description" label={w.services.description} rows={2} />
                {row.value.duration_minutes !== null && <BookingOfService draft={row} />}
              </>
            )}
          </FoldRows>
        </Part>
        <Part id="bookings" hint={w.bookings.hint}>
          <BookingsFields draft={draft} />
        </Part>
        <Part id="questions" hint={w.questions.hint}>
          <FoldRows
            draft={draft}
            list="faq"
            rules={QuestionBody}
            max={ROWS_MAX}
            blank={() => ({ question: "", answer: "" })}
            add={w.questions.add}
            none={w.questions.none}
            unnamed={w.questions.unnamed}
            nameOf={({ question }) => question}
            shown={({ answer }) => <span dir="auto">{answer}</span>}
          >
            {(row) => (
              <>
                <TextField draft={row} name="question" label={w.questions.question} />
                <TextArea draft={row} name="answer" label={w.questions.answer} rows={3} />
              </>
            )}
          </FoldRows>
        </Part>
        <Part id="promises">
          <div class="pair">
            <ListField draft={draft} name="may_promise" label={w.promises.may} hint={w.promises.mayHint} add={w.promises.add} item={w.promises.item} />
            <ListField
              draft={draft}
              name="never_promise"
              label={w.promises.never}
              hint={w.promises.neverHint}
              add={w.promises.add}
              item={w.promises.neverItem}
            />
          </div>
        </Part>
        <Part id="people">
          <PeopleField draft={draft} />
        </Part>
        <Part id="texts" hint={w.texts.hint}>
          <FoldRows
            draft={draft}
            list="sms_templates"
            rules={SmsTemplateBody}
            max={50}
            blank={() => ({ name: "", text: "" })}
            add={w.texts.add}
            none={w.texts.none}
            unnamed={w.texts.unnamed}
            nameOf={({ name }) => name}
            shown={({ text }) => <span dir="auto">{text}</span>}
          >
            {(row) => (
              <>
                <TextField draft={row} name="name" label={w.texts.name} />
                <TextArea draft={row} name="text" label={w.texts.text} rows={3} hint={w.texts.variables} />
              </>
            )}
          </FoldRows>
        </Part>
        <Part id="notes">
          <TextArea draft={draft} name="notes" label={w.notes.label} rows={4} />
        </Part>
      </div>
      <div class={draft.isChanged ? "save-bar" : "save-bar away"}>
        <p class={draft.faults[ALL] === undefined ? "" : "error"} role="alert">
          {draft.faults[ALL] ?? ""}
        </p>
        {draft.isChanged && (
          <>
            {draft.faults[ALL] === undefined && <p class="meta">{w.unsaved}</p>}
            <button type="button" class="btn quiet" onClick={onDiscard}>
              {w.discard}
            </button>
            <button type="submit" class="btn primary" aria-disabled={draft.busy}>
              {common.act.save}
            </button>
          </>
        )}
      </div>
    </form>
  );
}
