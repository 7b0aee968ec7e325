// The choice of days: common ranges, or others from a calendar.
import * as datePicker from "@zag-js/date-picker";
import { normalizeProps, useMachine } from "@zag-js/preact";
import { useEffect, useId, useState } from "preact/hooks";
import { zoneHere } from "../app/business-clock";
import { Icon } from "../app/icons";
import { locale } from "../app/language";
import { type ReportQuery, addressOf, daysIn, DAYS_MAX, HOUR_DAYS_MAX, lastDays, shortDay } from "./asked";
import { go } from "../app/router";
import { w } from "./words";

const USUAL = [7, 28, 91, 365] as const;

/** Goes to other days; rows by hour stay if there are not too many. */
function goTo(asked: ReportQuery, range: { from: string; to: string }) {
  const by = daysIn(range) > HOUR_DAYS_MAX ? "day" : asked.by;
  go(addressOf({ ...asked, ...range, by }), "replace");
}

/** The choice. */
export function RangeChoice({ asked, today }: { asked: ReportQuery; today: string }) {
  const usual = USUAL.find((days) => {
    const range = lastDays(days, today);
    return range.from === asked.from && range.to === asked.to;
  });
  return (
    <div class="range-choice">
      <div class="segmented" role="radiogroup" aria-label={w.range.name}>
        {USUAL.map((days) => (
          <label key={days}>
            <input type="radio" name="range" checked={days === usual} onChange={() => goTo(asked, lastDays(days, today))} />
            {w.range[days]}
          </label>
        ))}
      </div>
      <Calendar asked={asked} isUsual={usual !== undefined} />
    </div>
  );
}

function Calendar({ asked, isUsual }: { asked: ReportQuery; isUsual: boolean }) {
  const [tooLong, setTooLong] = useState(false);
  // This may also be only the first day, until the last one is chosen.
  const [chosen, setChosen] = useState<datePicker.DateValue[]>(() => datePicker.parse([asked.from, asked.to]));
  useEffect(() => setChosen(datePicker.parse([asked.from, asked.to])), [asked.from, asked.to]);
  const service = useMachine(datePicker.machine, {
    id: useId(),
    locale,
    // In which it marks today.
    timeZone: zoneHere(),
    // Its own texts are English.
    translations: { dayCell: ({ valueText }) => valueText },
    selectionMode: "range",
    value: chosen,
    // It closes once both days are chosen; the focus goes back to the button.
    closeOnSelect: true,
    onValueChange: ({ value }) => {
      setChosen(value);
      const [from, to] = value.map((day) => day.toString().slice(0, 10)).sort();
      if (!from || !to || value.length < 2) return;
      setTooLong(daysIn({ from, to }) > DAYS_MAX);
      if (daysIn({ from, to }) <= DAYS_MAX) goTo(asked, { from, to });
    },
  });
  const api = datePicker.connect(service, normalizeProps);
  return (
    <div {...api.getRootProps()} class="calendar-choice">
      <div {...api.getControlProps()}>
        <button type="button" {...api.getTriggerProps()} aria-label={undefined}>
          <Icon name="appointments" />
          {isUsual ? w.range.choose : `${shortDay(asked.from)} – ${shortDay(asked.to)}`}
        </button>
      </div>
      <div {...api.getPositionerProps()}>
        <div {...api.getContentProps()} class="calendar" aria-roledescription={undefined} aria-label={w.range.calendar}>
          <div {...api.getViewProps({ view: "day" })}>
            <div {...api.getViewControlProps({ view: "day" })} class="calendar-top">
              <button type="button" class="plain" {...api.getPrevTriggerProps()} aria-label={w.range.previous}>
                <Icon name="previous" />
              </button>
              <strong>{api.visibleRangeText.start}</strong>
              <button type="button" class="plain" {...api.getNextTriggerProps()} aria-label={w.range.next}>
                <Icon name="next" />
              </button>
            </div>
            <table {...api.getTableProps({ view: "day" })} aria-roledescription={undefined}>
              <thead {...api.getTableHeaderProps({ view: "day" })}>
                <tr {...api.getTableRowProps({ view: "day" })}>
                  {api.weekDays.map((day, at) => (
                    <th key={at} scope="col" aria-label={day.long}>
                      {day.narrow}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody {...api.getTableBodyProps({ view: "day" })}>
                {api.weeks.map((week, at) => (
                  <tr key={at} {...api.getTableRowProps({ view: "day" })}>
                    {week.map((value, of) => (
                      <td key={of} {...api.getDayTableCellProps({ value })}>
                        <div {...api.getDayTableCellTriggerProps({ value })} aria-pressed={api.getDayTableCellState({ value }).selected}>
                          {value.day}
                        </div>
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <p class="hint" role="status">
            {tooLong ? w.range.tooLong : w.range.hint}
          </p>
        </div>
      </div>
    </div>
  );
}
