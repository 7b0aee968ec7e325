// `/setup`: the installation's first owner.
import { useEffect } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { handed } from "../app/handed";
import { Heading } from "../app/parts";
import { go } from "../app/router";
import { AdminToken } from "./admin-token";
import { OwnerForm } from "./owner-form";

/** The page; it is there until there is an owner. */
export function SetupPage() {
  useEffect(() => void askRegistration(), []);
  const rules = registration.value;
  const isOver = rules !== null && (rules.has_owner || rules.registration === "closed");
  useEffect(() => {
    if (isOver) go("/login", "replace");
  }, [isOver]);
  return (
    <>
      <Heading title="Set up">Set up Cordboard</Heading>
      <p>Nobody owns this installation yet. Make the account of its owner; others are invited later.</p>
      {/* Another link in the same tab brings another token. */}
      <OwnerForm key={handed.value} by="setup token" />
      {rules?.registration === "open" && (
        <nav class="ways" aria-label="Other ways">
          <a class="alone" href="/register">
            Register without a setup token
          </a>
        </nav>
      )}
      <AdminToken onDone={() => go("/calls", "replace")} />
    </>
  );
}
