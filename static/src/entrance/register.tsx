// `/register`: an organization of one's own, where the server lets everybody make one.
import { useEffect, useState } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { Failed, Heading, Skeleton } from "../app/parts";
import { OwnerForm } from "./owner-form";

/** The page; where not everybody may register it says who does. */
export function RegisterPage() {
  const [asked, setAsked] = useState(false);
  const ask = () => void askRegistration().then(() => setAsked(true));
  useEffect(ask, []);
  const rules = registration.value;
  return (
    <>
      <Heading title="Register">Register</Heading>
      {rules === null && !asked && <Skeleton rows={4} />}
      {rules === null && asked && (
        <Failed message="The server can't be reached. Check that it runs, then try again." onRetry={ask} />
      )}
      {rules?.registration === "open" && <OwnerForm by="nobody" />}
      {rules?.registration === "invite" && (
        <p>Who works here is invited. Ask somebody of your organization for an invitation, and open the link in its mail.</p>
      )}
      {rules?.registration === "closed" && (
        <p>Nobody can register here. Ask whoever runs this server for an account.</p>
      )}
      <nav class="ways" aria-label="Other ways">
        <a class="alone" href="/login">
          Sign in
        </a>
      </nav>
    </>
  );
}
