// The weekly figures by mail: whether and when they are sent.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { me } from "../api/me";
import type { components } from "../api/types";
import { zoneHere } from "../app/business-clock";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { locale } from "../app/language";
import { useLoaded } from "../app/load";
import { Failed } from "../app/parts";
import { tell } from "../app/toasts";
import { clockHour } from "./asked";
import { w } from "./words";

type Mail = components["schemas"]["ReportMail"];
const PATH = "/api/v1/metrics/report/mail";
/** A Monday. */
const MONDAY = new Date(2026, 10, 23, 12);
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

const weekdayFormat = new Intl.DateTimeFormat(locale, { weekday: "long" });
const weekdays = Array.from({ length: 7 }, (_, at) => weekdayFormat.format(new Date(MONDAY.getTime() + at * 86_400_000)));
/** A time on the clocks of a zone. */
function moment(at: string, timeZone: string | undefined): string {
  const style = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" } as const;
  return new Intl.DateTimeFormat(locale, { ...style, timeZone }).format(new Date(at));
}

/** The section of the page; empty for programs, which get no mail. */
export function Weekly() {
  const isUser = me.value?.user != null;
  const mail = useLoaded<Mail>(isUser ? PATH : null);
  const [fault, setFault] = useState("");
  const stop = async () => {
    setFault("");
    try {
      await change("DELETE", PATH);
      tell(w.weekly.stopped);
      await mail.again();
    } catch (error) {
      setFault(messageOf(error));
    }
  };
  if (isUser && mail.value === null && mail.fault !== "") return <Failed message={mail.fault} onRetry={() => void mail.again()} />;
  if (!isUser || !mail.value) return null;
  return <Form mail={mail.value} fault={fault} onFault={setFault} onChanged={mail.show} onStop={stop} />;
}

function Form(props: { mail: Mail; fault: string; onFault: (fault: string) => void; onChanged: (mail: Mail) => void; onStop: () => Promise<void> }) {
  const { mail, fault } = props;
  const [weekday, setWeekday] = useState(mail.wanted?.weekday ?? 1);
  const [hour, setHour] = useState(mail.wanted?.hour ?? 8);
  // The button that stops the mails is gone then.
  useKeptFocus(mail.wanted ? 1 : 0, ".weekly button[type='submit']");
  const tz = mail.wanted?.tz ?? zoneHere();
  const save = async (event: Event) => {
    event.preventDefault();
    props.onFault("");
    try {
      const set = await change<Mail>("PUT", PATH, { weekday, hour, tz });
      if (set) props.onChanged(set);
      tell(w.weekly.set);
    } catch (error) {
      props.onFault(messageOf(error));
    }
  };
  return (
    <section class="panel weekly" aria-labelledby="weekly-title">
      <div class="top">
        <h2 id="weekly-title">{w.weekly.title}</h2>
      </div>
      <p class="soft">
        {!mail.can_be_sent ? w.weekly.noServer : mail.next_at ? w.weekly.next(moment(mail.next_at, mail.wanted?.tz)) : w.weekly.none}
      </p>
      {mail.can_be_sent && (
        <form onSubmit={(event) => void save(event)}>
          <label>
            <span>{w.weekly.day}</span>
            <select value={weekday} onChange={(event) => setWeekday(Number(event.currentTarget.value))}>
              {weekdays.map((name, at) => (
                <option key={name} value={at + 1}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{w.weekly.hour}</span>
            <select value={hour} onChange={(event) => setHour(Number(event.currentTarget.value))}>
              {HOURS.map((one) => (
                <option key={one} value={one}>
                  {clockHour(one)}
                </option>
              ))}
            </select>
          </label>
          <span class="meta">{tz}</span>
          <button type="submit">
            <Icon name="mail" />
            {mail.wanted ? w.weekly.change : w.weekly.begin}
          </button>
          {mail.wanted && (
            <button type="button" class="plain" onClick={() => void props.onStop()}>
              {w.weekly.stop}
            </button>
          )}
        </form>
      )}
      {fault !== "" && (
        <p class="error" role="alert">
          {fault}
        </p>
      )}
    </section>
  );
}
