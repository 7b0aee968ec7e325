// Who works here and what they are doing, and who waits in which queue.
import { Icon } from "../app/icons";
import { length } from "../words/time";
import { doing, intentIcon, intentWords } from "./presence";
import { callParts } from "./standing";
import { desk, sinceMs } from "./store";

/** The queues. */
export function Queues() {
  const now = desk.value;
  if (!now || now.queues.length === 0) return null;
  return (
    <section class="queues panel" aria-label="Queues">
      <div class="head">
        <h2>Queues</h2>
      </div>
      <ul class="rows">
        {now.queues.map(({ id, name, title, waiting, longest_since, members }) => (
          <li key={id}>
            <span class="name">{title || name}</span>
            <span class={waiting > 0 ? "stand ringing" : "meta"}>
              {waiting === 0 ? "Nobody waits" : `${waiting} ${waiting === 1 ? "waits" : "wait"}`}
              {longest_since && <span class="figure"> {length(sinceMs(longest_since))}</span>}
            </span>
            {members.includes(now.me) && <span class="meta">You take its calls</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The directory. */
export function Team() {
  const now = desk.value;
  const code = callParts.code.value;
  if (!now) return null;
  const agents = [...now.agents].sort((one, other) => {
    const away = Number(one.presence.intent === "offline") - Number(other.presence.intent === "offline");
    return away || one.name.localeCompare(other.name);
  });
  return (
    <section class="team panel" aria-label="Team">
      <div class="head">
        <h2>Team</h2>
      </div>
      <p class="hidden" role="status">
        {agents.filter(({ needs_help }) => needs_help).map(({ name }) => `${name} needs help. `)}
      </p>
      <ul class="rows">
        {agents.map((agent) => {
          const busy = doing(agent);
          return (
            <li key={agent.user_id}>
              <span class="name">
                {agent.name}
                {agent.user_id === now.me && <span class="meta"> (you)</span>}
              </span>
              {agent.extension && <span class="meta figure">{agent.extension}</span>}
              {code && <code.CallColleague agent={agent} />}
              <span class={`intent ${agent.presence.intent}`}>
                <Icon name={intentIcon(agent.presence)} />
                {intentWords(agent.presence)}
                {agent.presence.intent !== "offline" && <span class="figure"> {length(sinceMs(agent.presence_since))}</span>}
              </span>
              {agent.needs_help && (
                <span class="stand ringing">
                  <Icon name="ring" />
                  {`Needs help${agent.needs_help.note === "" ? "" : `: ${agent.needs_help.note}`} `}
                  <a href={`/calls/${agent.needs_help.call_id}`}>Look at the call</a>
                </span>
              )}
              {busy !== "" && (
                <span class="meta">
                  {busy} <span class="figure">{length(sinceMs(agent.activity_since))}</span>
                </span>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
