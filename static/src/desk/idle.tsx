// The middle of the desk while there is no call.
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { hasMissed, intentIcon, intentWords, want } from "./presence";
import { askToNotify, mayNotify } from "./ringing";
import { isLive, mine } from "./store";

/** Where calls will appear. */
export function Idle() {
  const agent = mine.value;
  if (!agent) return null;
  const isAvailable = agent.presence.intent === "available";
  return (
    <section class="idle ebonite empty" aria-label="No call">
      <span class="joined" aria-hidden="true">
        <span class="jack" />
        <Cord kind="loose" />
        <span class={isAvailable ? "jack in agent" : "jack"} />
      </span>
      <p class={`intent large ${agent.presence.intent}`}>
        <Icon name={intentIcon(agent.presence)} />
        {intentWords(agent.presence)}
      </p>
      <h2>{isAvailable ? "Ready. Calls appear here." : "You get no calls while you are away."}</h2>
      {!isAvailable && !hasMissed(agent) && (
        <button type="button" class="primary" disabled={!isLive.value} onClick={() => void want({ intent: "available" })}>
          Take calls
        </button>
      )}
      {mayNotify.value === "default" && (
        <>
          <p>While you work in another window, the browser can tell you of a call.</p>
          <button type="button" onClick={() => void askToNotify()}>
            Tell me of calls in other windows
          </button>
        </>
      )}
      {agent.extension === null && (
        <p>You have no extension yet: calls reach you by queues alone. An administrator gives you one.</p>
      )}
    </section>
  );
}
