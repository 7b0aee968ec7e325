// The middle of the desk while there is no call: the jacks of the team, and the agent's own plug.
import { Cord } from "../app/cord";
import { Icon } from "../app/icons";
import { may } from "../api/me";
import type { AgentNow } from "../api/model";
import { hasMissed, intentIcon, intentWords, want } from "./presence";
import { askToNotify, mayNotify } from "./ringing";
import { desk, isLive, mine } from "./store";
import { w } from "./words";

/** How many colleagues' jacks are shown next to the agent's own. */
const MATES_SHOWN = 3;

/** The place where calls will appear. */
export function Idle() {
  const agent = mine.value;
  if (!agent) return null;
  const isAvailable = agent.presence.intent === "available";
  return (
    <section class="ready ebonite" aria-label={w.idle.name}>
      <Board me={agent} />
      <div class="ready-words">
        <p class={`intent ${agent.presence.intent}`}>
          <Icon name={intentIcon(agent.presence)} />
          {intentWords(agent.presence)}
        </p>
        <h2>{isAvailable ? w.idle.ready : w.idle.away}</h2>
        {agent.extension === null && (
          <p class="soft">
            {w.idle.noExtension} {may("floor_write") === true ? <a href="/team?tab=agents">{w.idle.givesOne}</a> : w.idle.asksForOne}
          </p>
        )}
        {mayNotify.value === "default" && <p class="soft">{w.idle.notify}</p>}
        <div class="acts">
          {!isAvailable && !hasMissed(agent) && (
            <button type="button" class="primary" disabled={!isLive.value} onClick={() => void want({ intent: "available" })}>
              {w.idle.take}
            </button>
          )}
          {mayNotify.value === "default" && (
            <button type="button" onClick={() => void askToNotify()}>
              <Icon name="ring" />
              {w.idle.notifyAct}
            </button>
          )}
        </div>
      </div>
    </section>
  );
}

/** A jack for each agent who is here, plugged if they are on a call. The team's list says the same as text. */
function Board({ me }: { me: AgentNow }) {
  const others = (desk.value?.agents ?? []).filter(({ user_id, presence }) => user_id !== me.user_id && presence.intent !== "offline");
  const shown = others.sort((one, other) => one.name.localeCompare(other.name)).slice(0, MATES_SHOWN);
  return (
    <div class="ready-board" aria-hidden="true">
      {[...shown, me].map((agent) => {
        const isMine = agent === me;
        const isBusy = agent.activity === "on_call";
        const name = isMine ? w.call.you : (agent.name.split(" ")[0] ?? "");
        return (
          <div key={agent.user_id} class={isMine ? "place own" : "place"}>
            <svg class="cord hanging" viewBox="0 0 20 60" preserveAspectRatio="none">
              {isBusy && (
                <g class="agent">
                  <path class="shade" d="M10 0C12 24 8 36 10 60" />
                  <path class="body" d="M10 0C12 24 8 36 10 60" />
                  <path class="weave" d="M10 0C12 24 8 36 10 60" />
                </g>
              )}
            </svg>
            <span class={isBusy ? "jack in agent" : "jack"} />
            <span class="plate">{[agent.extension, name].filter(Boolean).join(" ")}</span>
          </div>
        );
      })}
      <span class="plug">
        <Cord kind="loose" />
        <span class="grip-end" />
        <span class="tip" />
      </span>
    </div>
  );
}
