// Everything known about a customer, for people. Anything that somebody said is shown as plain text.
import { useId } from "preact/hooks";
import type { CustomerData } from "../api/model";
import { When } from "../app/parts";
import { asWords, causeInWords } from "../words/call";
import { Profile } from "./profile";
import { w } from "./words/parts";

const speakers: Record<string, string> = { caller: w.caller, assistant: w.assistant };

/** The customer on this call, and their history. */
export function Whole({ callId }: { callId: string }) {
  return <Profile callId={callId} more={(data) => <History data={data} />} />;
}

/** What an activity is, and whether it is done. */
function nameOf({ type, action }: CustomerData["activities"][number]): string {
  if (type === "event") return w.customer.event;
  return action === "completed" ? w.customer.todoDone : w.customer.todo;
}

function History({ data }: { data: CustomerData }) {
  const id = useId();
  return (
    <>
      <section aria-labelledby={`${id}-said`}>
        <h3 id={`${id}-said`}>{w.customer.saidTitle}</h3>
        {data.conversation_history.length === 0 && <p class="muted">{w.customer.nothingSaid}</p>}
        <ol class="talk">
          {data.conversation_history.map((line, index) => (
            <li key={index}>
              <span class="speaker">
                <span class={line.role === "caller" ? "who-mark caller" : "who-mark ada"} aria-hidden="true" />
                {speakers[line.role] ?? asWords(line.role)}
              </span>
              <span class="meta">
                <When at={line.at} />
              </span>
              <p dir="auto">{line.content}</p>
            </li>
          ))}
        </ol>
      </section>
      <section aria-labelledby={`${id}-done`}>
        <h3 id={`${id}-done`}>{w.customer.doneTitle}</h3>
        {data.activities.length === 0 && <p class="muted">{w.customer.nothingDone}</p>}
        <ul class="rows">
          {data.activities.map((activity, index) => (
            <li key={index}>
              <span>{activity.title}</span>
              <span class="meta">
                {nameOf(activity)} · <When at={activity.at} />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby={`${id}-before`}>
        <h3 id={`${id}-before`}>{w.customer.beforeTitle}</h3>
        {data.earlier_calls.length === 0 && <p class="muted">{w.customer.noneBefore}</p>}
        <ul class="rows">
          {data.earlier_calls.map((call) => (
            <li key={call.id}>
              <a href={`/calls/${call.id}`}>
                <When at={call.at} />
              </a>
              <span class="meta">
                {call.direction === "outbound" ? w.customer.toThem : w.customer.fromThem} · {causeInWords({ ...call, failure: null })}
              </span>
              {call.summary !== "" && <p dir="auto">{call.summary}</p>}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
