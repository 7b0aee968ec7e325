// All that is known of a customer, as people read it. What anybody said is text.
import { useId } from "preact/hooks";
import type { CustomerData } from "../api/model";
import { When } from "../app/parts";
import { asWords, causeInWords } from "../words/call";
import { Profile } from "./profile";

const speakers: Record<string, string> = { caller: "Caller", assistant: "Assistant" };

/** Who is on this call, and what was before. */
export function Whole({ callId }: { callId: string }) {
  return <Profile callId={callId} more={(data) => <History data={data} />} />;
}

function History({ data }: { data: CustomerData }) {
  const id = useId();
  return (
    <>
      <section aria-labelledby={`${id}-said`}>
        <h3 id={`${id}-said`}>Conversation so far</h3>
        {data.conversation_history.length === 0 && <p class="muted">Nothing was said yet.</p>}
        <ol class="said">
          {data.conversation_history.map((line, index) => (
            <li key={index}>
              <span class="speaker">
                <span class={line.role === "caller" ? "who-mark caller" : "who-mark ada"} aria-hidden="true" />
                {speakers[line.role] ?? asWords(line.role)}
              </span>
              <span class="meta">
                <When at={line.at} />
              </span>
              <p>{line.content}</p>
            </li>
          ))}
        </ol>
      </section>
      <section aria-labelledby={`${id}-done`}>
        <h3 id={`${id}-done`}>Activities</h3>
        {data.activities.length === 0 && <p class="muted">Nothing was written down on this call.</p>}
        <ul class="rows">
          {data.activities.map((activity, index) => (
            <li key={index}>
              <span>{activity.title}</span>
              <span class="meta">
                {activity.type === "todo" ? "To-do" : "Event"}, {activity.action} · <When at={activity.at} />
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby={`${id}-before`}>
        <h3 id={`${id}-before`}>Earlier calls</h3>
        {data.earlier_calls.length === 0 && <p class="muted">There was no call before this one.</p>}
        <ul class="rows">
          {data.earlier_calls.map((call) => (
            <li key={call.id}>
              <a href={`/calls/${call.id}`}>
                <When at={call.at} />
              </a>
              <span class="meta">
                {call.direction === "outbound" ? "To them" : "From them"} · {causeInWords({ ...call, failure: null })}
              </span>
              {call.summary !== "" && <p>{call.summary}</p>}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
