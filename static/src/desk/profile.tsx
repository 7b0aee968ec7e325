// What is known of a customer, as people read it. What anybody said is text.
import { useId } from "preact/hooks";
import type { CustomerData } from "../api/model";
import { When } from "../app/parts";
import { asWords, causeInWords } from "../words/call";
import { lookAgain, personOn } from "./people";

/** How the customer was found. */
const foundWords: Record<CustomerData["customer"]["known_by"], string> = {
  number: "Known by the number",
  words: "As said on this call: nobody has made sure",
  nothing: "New caller",
};

const speakers: Record<string, string> = { caller: "Caller", assistant: "Assistant" };

/** What there is for this call; while there is nothing, why. */
export function Profile({ callId, parts }: { callId: string; parts: "who" | "all" }) {
  const { call, known } = personOn(callId);
  switch (known.value.state) {
    case "looking":
      return <p class="muted">Looking who it is…</p>;
    case "none":
      return (
        <>
          <dl class="who">
            <Fact name="Phone" value={call.value?.from ?? ""} />
          </dl>
          <p class="muted">{known.value.words}</p>
        </>
      );
    case "failed":
      return (
        <div role="alert">
          <p class="error">{known.value.words}</p>
          <button type="button" onClick={() => lookAgain(callId)}>
            Look again
          </button>
        </div>
      );
    case "there":
      return parts === "who" ? <Who data={known.value.customer} /> : <Whole data={known.value.customer} />;
  }
}

/** Name, e-mail and phone, and what it is about. */
function Who({ data }: { data: CustomerData }) {
  const { name, email, phone, known_by } = data.customer;
  return (
    <>
      <dl class="who">
        <Fact name="Name" value={name} />
        <Fact name="E-mail" value={email} />
        <Fact name="Phone" value={phone} />
      </dl>
      <p class="meta">{foundWords[known_by]}</p>
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value || "Not known"}</dd>
    </div>
  );
}

function Whole({ data }: { data: CustomerData }) {
  const id = useId();
  return (
    <>
      <Who data={data} />
      <section aria-labelledby={`${id}-said`}>
        <h3 id={`${id}-said`}>Conversation so far</h3>
        {data.conversation_history.length === 0 && <p class="muted">Nothing was said yet.</p>}
        <ol class="said">
          {data.conversation_history.map((line, index) => (
            <li key={index}>
              <span class={`speaker ${String(line.role)}`}>{speakers[line.role] ?? asWords(line.role)}</span>
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
