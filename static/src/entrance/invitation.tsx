// `/invitation#token=...`: accepting an invitation to work here.
import { useEffect, useState } from "preact/hooks";
import { messageOf, Problem } from "../api/client";
import { acceptInvitation, askRegistration, getInvitation } from "../api/entrance";
import type { Offer } from "../api/model";
import { handed } from "../app/handed";
import { Failed, Heading, Skeleton, When } from "../app/parts";
import { go } from "../app/router";
import { inSentence, roleWords } from "../words/people";
import { Form, NewPasswordField, TextField } from "./fields";
import { useForm } from "./form";
import { Told } from "./told";
import { Way } from "./way";
import { w } from "./words";

/** The state of the invitation. */
type Found = { state: "looking" | "gone" } | { state: "failed"; message: string } | { state: "there"; offer: Offer };

/** The page. */
export function InvitationPage() {
  const token = handed.value;
  const [found, setFound] = useState<Found>({ state: "looking" });
  const look = async () => {
    if (token === null) return;
    setFound({ state: "looking" });
    try {
      const offer = await getInvitation(token);
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
        <Heading title={w.invitation}>{w.invited.open}</Heading>
        <p>{w.invited.openText}</p>
        <SignInInstead />
      </>
    );
  }
  switch (found.state) {
    case "looking":
      return (
        <>
          <Heading title={w.invitation}>{w.invitation}</Heading>
          <Skeleton rows={4} />
        </>
      );
    case "failed":
      return (
        <>
          <Heading title={w.invitation}>{w.invitation}</Heading>
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
    <Told title={w.invited.over} heading={w.invited.overHeading} text={w.invited.overText}>
      <SignInInstead />
    </Told>
  );
}

function Accept({ token, offer, onGone }: { token: string; offer: Offer; onGone: () => void }) {
  const state = useForm({
    required: { name: w.required.name, password: w.required.newPassword },
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
      <Heading title={w.invitation}>{w.invited.heading(offer.organization)}</Heading>
      <p>
        {w.invited.lead[0]}
        <strong>{offer.organization}</strong>
        {w.invited.lead[1]}
        <strong>{inSentence(roleWords[offer.role])}</strong>
        {w.invited.lead[2]} {w.invited.until} <When at={offer.expires_at} />.
      </p>
      <Form state={state} verb={w.join}>
        <TextField
          state={state}
          name="email"
          label={w.email}
          help={w.invited.emailHint}
          type="email"
          autocomplete="username"
          value={offer.email}
          readOnly
        />
        <TextField state={state} name="name" label={w.name} autocomplete="name" />
        <NewPasswordField state={state} />
      </Form>
      <SignInInstead />
    </>
  );
}

function SignInInstead() {
  return <Way href="/login">{w.invited.haveAccount}</Way>;
}
