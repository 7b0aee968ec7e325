// `/invitation#token=...`: somebody was asked to work here.
import { useEffect, useState } from "preact/hooks";
import { messageOf, Problem } from "../api/client";
import { acceptInvitation, askRegistration, lookAtInvitation } from "../api/entrance";
import type { Offer } from "../api/model";
import { handed } from "../app/handed";
import { Failed, Heading, Skeleton, When } from "../app/parts";
import { go } from "../app/router";
import { roleWords } from "../words/people";
import { Form, NewPasswordField, TextField } from "./fields";
import { useForm } from "./form";
import { Told } from "./told";

/** What is known of the invitation. */
type Found = { state: "looking" | "gone" } | { state: "failed"; message: string } | { state: "there"; offer: Offer };

/** The page. */
export function InvitationPage() {
  const token = handed.value;
  const [found, setFound] = useState<Found>({ state: "looking" });
  const look = async () => {
    if (token === null) return;
    setFound({ state: "looking" });
    try {
      const offer = await lookAtInvitation(token);
      setFound(offer ? { state: "there", offer } : { state: "gone" });
    } catch (fault) {
      const isGone = fault instanceof Problem && fault.status === 404;
      setFound(isGone ? { state: "gone" } : { state: "failed", message: messageOf(fault) });
    }
  };
  useEffect(() => void askRegistration(), []);
  useEffect(() => void look(), [token]);
  if (token === null) {
    return (
      <>
        <Heading title="Invitation">Open your invitation</Heading>
        <p>Open the link in the mail that invited you: it holds what lets you in. After a reload, open it once more.</p>
        <SignInInstead />
      </>
    );
  }
  switch (found.state) {
    case "looking":
      return (
        <>
          <Heading title="Invitation">Invitation</Heading>
          <Skeleton rows={4} />
        </>
      );
    case "failed":
      return (
        <>
          <Heading title="Invitation">Invitation</Heading>
          <Failed message={found.message} onRetry={() => void look()} />
        </>
      );
    case "gone":
      return <Gone />;
    case "there":
      return <Accept key={token} token={token} offer={found.offer} onGone={() => setFound({ state: "gone" })} />;
  }
}

function Gone() {
  return (
    <>
      <Heading title="Invitation over">This invitation does not hold any more</Heading>
      <Told>
        <p>It was used, taken back, or is older than a week. Ask whoever invited you for a new one.</p>
      </Told>
      <SignInInstead />
    </>
  );
}

function Accept({ token, offer, onGone }: { token: string; offer: Offer; onGone: () => void }) {
  const state = useForm({
    required: { name: "Write your name.", password: "Choose a password." },
    send: async (values) => {
      await acceptInvitation({ token, name: values("name").trim(), password: values("password") });
      handed.value = null;
      go("/", "replace");
    },
    meaning: ({ status, code, message }) => {
      if (status === 404) onGone();
      return code === "email_taken" ? { email: message } : null;
    },
  });
  return (
    <>
      <Heading title="Invitation">Join {offer.organization}</Heading>
      <p>
        <strong>{offer.organization}</strong> invites you to work as <strong>{roleWords[offer.role].toLowerCase()}</strong>. The
        invitation holds until <When at={offer.expires_at} />.
      </p>
      <Form state={state} verb="Join">
        <TextField
          state={state}
          name="email"
          label="E-mail address"
          help="You sign in with it."
          type="email"
          autocomplete="username"
          value={offer.email}
          readOnly
        />
        <TextField state={state} name="name" label="Your name" autocomplete="name" />
        <NewPasswordField state={state} />
      </Form>
      <SignInInstead />
    </>
  );
}

function SignInInstead() {
  return (
    <nav class="ways" aria-label="Other ways">
      <a class="alone" href="/login">
        Sign in with an account that you have
      </a>
    </nav>
  );
}
