// A customer's profile, for people.
import type { ComponentChildren } from "preact";
import type { CustomerData } from "../api/model";
import { Icon } from "../app/icons";
import { lookAgain, numberOn, personOn } from "./people";
import { w } from "./words";

/** The customer on this call, and further facts; while nothing is known, the reason. */
export function Profile({ callId, more }: { callId: string; more?: (data: CustomerData) => ComponentChildren }) {
  const { known } = personOn(callId);
  switch (known.value.state) {
    case "looking":
      return <p class="muted">{w.person.looking}</p>;
    case "none":
      return (
        <>
          <dl class="facts who">
            <Phone from={numberOn(callId)} />
          </dl>
          <p class="muted">{known.value.words}</p>
        </>
      );
    case "failed":
      return (
        <div role="alert">
          <p class="error">{known.value.words}</p>
          <button type="button" onClick={() => lookAgain(callId)}>
            {w.person.lookAgain}
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

/** Name variables of a campaign's list: the name is shown already. */
const NAMES = ["name", "first_name", "last_name"];

/** Name, e-mail and phone, further data from a campaign's list, and how they were recognized. */
function Who({ data }: { data: CustomerData }) {
  const { name, email, phone, known_by, verified_by } = data.customer;
  const facts = Object.entries(data.variables).filter(([fact]) => !NAMES.includes(fact));
  return (
    <>
      <dl class="facts who">
        <Fact name={w.person.name} value={name} />
        <Fact name={w.person.email} value={email} />
        <Phone from={phone} />
        {facts.map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      {known_by === "site" ? (
        <p class="state verified">
          <Icon name="tick" size="small" />
          {w.person.verifiedBy(verified_by ?? "")}
        </p>
      ) : (
        <p class="meta">{w.person.knownBy[known_by]}</p>
      )}
    </>
  );
}

/** The number. Visitors of a talk link have a name in its place, which is not a number. */
function Phone({ from }: { from: string }) {
  const isNumber = /\d/.test(from);
  return from === "" || isNumber ? <Fact name={w.person.phone} value={from} /> : <Fact name={w.person.comesAs} value={from} />;
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value || w.person.notKnown}</bdi>
      </dd>
    </div>
  );
}
