// Who a customer is, as people read it.
import type { ComponentChildren } from "preact";
import type { CustomerData } from "../api/model";
import { lookAgain, personOn } from "./people";

/** How the customer was found. */
const foundWords: Record<CustomerData["customer"]["known_by"], string> = {
  number: "Known by the number",
  words: "As said on this call: nobody has made sure",
  nothing: "New caller",
};

/** Who is on this call, and what else there is to say of them; while nothing is known, why. */
export function Profile({ callId, more }: { callId: string; more?: (data: CustomerData) => ComponentChildren }) {
  const { call, known } = personOn(callId);
  switch (known.value.state) {
    case "looking":
      return <p class="muted">Looking who it is…</p>;
    case "none":
      return (
        <>
          <dl class="who">
            <Phone from={call.value?.from ?? ""} />
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
      return (
        <>
          <Who data={known.value.customer} />
          {more?.(known.value.customer)}
        </>
      );
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
        <Phone from={phone} />
      </dl>
      <p class="meta">{foundWords[known_by]}</p>
    </>
  );
}

/** The number. Visitors of a talk link have a name in its place, which is no number. */
function Phone({ from }: { from: string }) {
  const isNumber = /\d/.test(from);
  return from === "" || isNumber ? <Fact name="Phone" value={from} /> : <Fact name="Comes as" value={from} />;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value || "Not known"}</dd>
    </div>
  );
}
