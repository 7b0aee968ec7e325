// `/register`: creating an organization, if the server lets everybody create one.
import { useEffect, useState } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { Failed, Heading, Skeleton } from "../app/parts";
import { OwnerForm } from "./owner-form";
import { Way } from "./way";
import { w as frame } from "../app/words";
import { w } from "./words";

/** The page; if registration is not open to everybody, it says who can register. */
export function RegisterPage() {
  const [asked, setAsked] = useState(false);
  const ask = () => void askRegistration().then(() => setAsked(true));
  useEffect(ask, []);
  const rules = registration.value;
  return (
    <>
      <Heading title={w.register.title}>{w.register.title}</Heading>
      {rules === null && !asked && <Skeleton rows={4} />}
      {rules === null && asked && (
        <Failed message={frame.failure.unreachable} onRetry={ask} />
      )}
      {rules?.registration === "open" && <OwnerForm by="nobody" />}
      {rules?.registration === "invite" && (
        <p>{w.register.invite}</p>
      )}
      {rules?.registration === "closed" && (
        <p>{w.register.closed}</p>
      )}
      <Way href="/login">{w.signIn}</Way>
    </>
  );
}
