// `/welcome`: the steps after a new owner's account: the voice, and a first call with it.
import { useEffect } from "preact/hooks";
import { askMe, me } from "../api/me";
import { Engine } from "./engine";
import { SetupFrame, Step, Steps } from "./frame";
import { Talk } from "./talk";
import { w } from "./words";

/** The page, for an owner who is signed in. */
export function WelcomePage() {
  useEffect(() => void askMe(), []);
  const email = me.value?.user?.email;
  return (
    <SetupFrame at={3}>
      <Steps>
        <Step stand="done" title={w.account.title} {...(email === undefined ? {} : { summary: w.account.owner(email) })} />
        <Engine />
        <Talk />
        <li class="step next">
          <span class="step-jack" aria-hidden="true">
            <span class="jack" />
          </span>
          <section class="step-body later" aria-labelledby="line-title">
            <div>
              <h2 id="line-title">
                {w.line.title} <span class="meta">{w.line.whenever}</span>
              </h2>
              <p class="soft">{w.line.text}</p>
            </div>
            <a class="btn" href="/integrations">
              {w.line.act}
            </a>
          </section>
        </li>
      </Steps>
      <div class="setup-end">
        <p class="meta">{w.end.text}</p>
        <a class="btn large" href="/dashboard">
          {w.end.act}
        </a>
      </div>
    </SetupFrame>
  );
}
