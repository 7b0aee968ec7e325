// Open alarms, above the board.
import { change, messageOf } from "../api/client";
import type { Page } from "../api/model";
import type { components } from "../api/types";
import { Icon } from "../app/icons";
import { useKeptFocus } from "../app/kept-focus";
import { useLoaded } from "../app/load";
import { When } from "../app/parts";
import { tell } from "../app/toasts";
import { whyWords } from "./alarm-words";
import { w } from "./words";

type Alarm = components["schemas"]["Alarm"];

/** The number that is shown; the others follow when these are handled. */
const SHOWN = 5;

/** The alarms; empty if there are none. `onOpen`: shows the call. */
export function Alarms({ onOpen }: { onOpen: (callId: string) => void }) {
  const alarms = useLoaded<Page<Alarm>>(`/api/v1/alarms?open=true&limit=${SHOWN}`, ["alarm"]);
  const items = alarms.value?.items ?? [];
  useKeptFocus(alarms.value?.items.map(({ id }) => id).join(), ".board-page h1");
  const seen = async (alarm: Alarm) => {
    try {
      await change("POST", `/api/v1/alarms/${alarm.id}/acknowledge`);
      await alarms.again();
    } catch (fault) {
      tell(messageOf(fault));
    }
  };
  return (
    // Present before its first line, so that screen readers watch it.
    <section class={items.length === 0 ? "alarms none" : "alarms"} aria-label={w.alarms.title} role="log">
      {items.map((alarm) => (
        <div key={alarm.id} class="alarm">
          <span class="state warn">
            <Icon name="warning" />
            <span>{alarm.rule}</span>
          </span>
          <span class="alarm-why">{whyWords(alarm.detail)}</span>
          <span class="meta">
            <When at={alarm.at} />
          </span>
          <button type="button" class="small" aria-label={w.alarms.open(alarm.rule)} onClick={() => onOpen(alarm.call_id)}>
            {w.alarms.shortly}
          </button>
          <button type="button" class="small" aria-label={w.alarms.seenTo(alarm.rule)} onClick={() => void seen(alarm)}>
            {w.alarms.seen}
          </button>
        </div>
      ))}
    </section>
  );
}
