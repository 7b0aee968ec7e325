// Colleagues and their activity, and the callers who wait in each queue.
import { number, plural } from "../app/language";
import { Icon } from "../app/icons";
import { initials } from "../app/initials";
import { length } from "../words/time";
import { doing, intentIcon, intentWords } from "./presence";
import { callParts } from "./standing";
import { desk, sinceMs } from "./store";
import { w } from "./words";

/** The queues. */
export function Queues() {
  const now = desk.value;
  if (!now || now.queues.length === 0) return null;
  return (
    <section class="queues panel" aria-label={w.queues.title}>
      <div class="top">
        <h2>{w.queues.title}</h2>
      </div>
      <ul class="rows">
        {now.queues.map(({ id, name, title, waiting, longest_since, members }) => (
          <li key={id} class="wait-row">
            <span class="plate">{title || name}</span>
            {members.includes(now.me) && <span class="meta">{w.queues.yours}</span>}
            <span class={waiting > 0 ? "state ringing" : "meta"}>
              {waiting > 0 && <Icon name="ring" />}
              {waiting === 0 ? w.queues.nobody : `${number(waiting)} ${plural(waiting, w.queues.wait)}`}
              {longest_since && <span class="n figure"> {length(sinceMs(longest_since))}</span>}
            </span>
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
  const free = agents.filter(({ is_free, user_id }) => is_free && user_id !== now.me).length;
  return (
    <section class="team panel" aria-label={w.team.title}>
      <div class="top">
        <h2>{w.team.title}</h2>
        <span class="meta push">{w.team.free(free)}</span>
      </div>
      <p class="hidden" role="status">
        {agents.filter(({ needs_help }) => needs_help).map(({ name }) => w.team.needsHelp(name))}
      </p>
      <ul class="rows">
        {agents.map((agent) => {
          const busy = doing(agent);
          const { intent } = agent.presence;
          return (
            <li key={agent.user_id} class="team-row">
              <span class="face agent" aria-hidden="true">
                {initials(agent.name)}
              </span>
              <div>
                <p>
                  <strong>{agent.name}</strong>
                  {agent.user_id === now.me && <span class="meta"> {w.team.you}</span>}
                  {agent.extension && <span class="meta n"> {agent.extension}</span>}
                </p>
                <p class={`intent meta ${intent}`}>
                  <Icon name={intentIcon(agent.presence)} />
                  {intentWords(agent.presence)}
                  {intent !== "offline" && busy === "" && <span class="figure">{length(sinceMs(agent.presence_since))}</span>}
                </p>
                {busy !== "" && (
                  <p class="intent meta">
                    <span class="lamp on live" aria-hidden="true" />
                    {busy} <span class="figure">{length(sinceMs(agent.activity_since))}</span>
                  </p>
                )}
              </div>
              {code && <code.CallColleague agent={agent} />}
              {agent.needs_help && (
                <p class="help-asked">
                  <Icon name="warning" size="small" />
                  <span>
                    {agent.needs_help.note === "" ? w.team.help : w.team.helpAbout(agent.needs_help.note)}{" "}
                    <a href={`/calls/${agent.needs_help.call_id}`}>{w.team.look}</a>
                  </span>
                </p>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
