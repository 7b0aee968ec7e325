// `/email`: a new e-mail address is confirmed, by a link that is mailed there. Opening the link changes nothing: programs that check mails follow
// links, too. A button confirms.
import { confirmEmail } from "../api/entrance";
import { forgetSession } from "../api/signing";
import { Heading } from "../app/parts";
import { Form } from "./fields";
import { useForm } from "./form";
import { useLink } from "./link";
import { Told } from "./told";
import { Way } from "./way";
import { w } from "./words";

/** The state of the link; `set` with the address that was confirmed. */
type Stage = { is: "open" | "gone" | "taken" } | { is: "set"; email: string };

/** The page. */
export function EmailPage() {
  const { token, stage, over } = useLink<Stage>({ is: "open" });
  if (token !== null) return <Confirm key={token} token={token} onOver={over} />;
  switch (stage.is) {
    case "open":
      return (
        <>
          <Heading title={w.address.title}>{w.address.open}</Heading>
          <p>{w.address.openText}</p>
          <Account />
        </>
      );
    case "gone":
      return (
        <Told title={w.address.over} heading={w.address.overHeading} text={w.address.overText}>
          <Account />
        </Told>
      );
    case "taken":
      return (
        <Told title={w.address.taken} heading={w.address.takenHeading} text={w.address.takenText}>
          <Account />
        </Told>
      );
    case "set":
      return <IsSet email={stage.email} />;
  }
}

function Confirm({ token, onOver }: { token: string; onOver: (how: Stage) => void }) {
  const state = useForm({
    required: {},
    send: async () => {
      const email = await confirmEmail(token);
      // This browser's sign-in has ended, unless it is the one that requested the address, whose user has another address now.
      forgetSession();
      onOver({ is: "set", email });
    },
    meaning: ({ status, code }) => {
      if (status === 404) onOver({ is: "gone" });
      else if (code === "email_taken") onOver({ is: "taken" });
      else return null;
      return {};
    },
  });
  return (
    <>
      <Heading title={w.address.title}>{w.address.heading}</Heading>
      <p>{w.address.lead}</p>
      <Form state={state} verb={w.address.verb} />
    </>
  );
}

function IsSet({ email }: { email: string }) {
  const [before, address, after] = w.address.isSetText(email);
  const text = (
    <>
      {before}
      <strong>{address}</strong>
      {after}
    </>
  );
  return (
    <Told title={w.address.isSet} heading={w.address.isSetHeading} text={text}>
      <Account />
    </Told>
  );
}

function Account() {
  return <Way href="/account">{w.address.account}</Way>;
}
