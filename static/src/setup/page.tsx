// `/setup`: the installation's first owner, in the first of three steps.
import { useEffect } from "preact/hooks";
import { askRegistration, registration } from "../api/entrance";
import { handed } from "../app/handed";
import { go } from "../app/router";
import { AdminToken } from "../entrance/admin-token";
import { OwnerForm } from "../entrance/owner-form";
import { SetupFrame, Step, Steps } from "./frame";
import { w } from "./words";

/** The page; it exists until there is an owner. */
export function SetupPage() {
  useEffect(() => void askRegistration(), []);
  const rules = registration.value;
  const isOver = rules !== null && (rules.has_owner || rules.registration === "closed");
  useEffect(() => {
    if (isOver) go("/login", "replace");
  }, [isOver]);
  return (
    <SetupFrame at={1}>
      <Steps>
        <Step stand="current" title={w.account.title}>
          <div class="step-form">
            {/* Another link in the same tab brings another token. */}
            <OwnerForm key={handed.value} by="setup token" />
            {rules?.registration === "open" && (
              <nav class="ways" aria-label={w.other}>
                <a class="alone" href="/register">
                  {w.withoutToken}
                </a>
              </nav>
            )}
            <AdminToken onDone={() => go("/calls", "replace")} />
          </div>
        </Step>
        <Step stand="next" title={w.engine.title} />
        <Step stand="next" title={w.talk.title} />
      </Steps>
    </SetupFrame>
  );
}
