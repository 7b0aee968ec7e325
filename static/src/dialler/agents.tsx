// The remote agents of a campaign: each can be enabled or disabled, and several can be moved to another campaign at once.
import { useState } from "preact/hooks";
import { change, messageOf } from "../api/client";
import { may } from "../api/me";
import type { AffectedAgent, DiallerCampaign, DiallerLine, RemoteAgent } from "../api/model";
import { Icon } from "../app/icons";
import { number } from "../app/language";
import { tell } from "../app/toasts";
import { isOurs, linesOf } from "./tables";
import { d } from "./words";

/** The states of lines, in the order in which they are counted. */
const STATES: DiallerLine["status"][] = ["READY", "QUEUE", "INCALL", "PAUSED", "CLOSER", "OTHER"];

/** The table. */
export function Agents(props: {
  agents: RemoteAgent[];
  lines: DiallerLine[];
  /** The campaigns to which agents can be moved. */
  campaigns: DiallerCampaign[];
  onChanged: (agents: RemoteAgent[]) => void;
}) {
  const { agents, lines, campaigns, onChanged } = props;
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [goal, setGoal] = useState("");
  const controls = may("calls_control") === true;
  const own = agents.filter(({ user_start }) => picked.has(user_start));
  const pick = (user: string, isPicked: boolean) => setPicked(new Set([...[...picked].filter((one) => one !== user), ...(isPicked ? [user] : [])]));
  const send = async (name: string, body: unknown, users: string[]): Promise<AffectedAgent[] | null> => {
    setBusy((now) => new Set([...now, ...users]));
    try {
      const answer = await change<{ affected: AffectedAgent[] }>("POST", `/api/v1/osdial/${name}`, body);
      if (answer) onChanged(answer.affected);
      return answer?.affected ?? null;
    } catch (fault) {
      tell(messageOf(fault));
      return null;
    } finally {
      setBusy((now) => new Set([...now].filter((user) => !users.includes(user))));
    }
  };
  const assign = async () => {
    const users = [...new Set(own.map(({ user_start }) => user_start))];
    const assignments = users.map((user_id) => ({ user_id, campaign_id: goal }));
    const affected = await send("assignAgents", { assignments }, users);
    if (!affected) return;
    setPicked(new Set());
    tell(d.assigned(number(affected.length), affected.length, goal));
  };
  if (agents.length === 0) return <p class="notice">{d.noAgents}</p>;
  return (
    <>
      <div class="sheet">
        <table class="table stacks">
          <caption class="hidden">{d.table}</caption>
          <thead>
            <tr>
              {controls && (
                <th scope="col">
                  <span class="hidden">{d.pick}</span>
                </th>
              )}
              <th scope="col">{d.user}</th>
              <th scope="col">{d.state}</th>
              <th scope="col">{d.lines}</th>
              <th scope="col">{d.extension}</th>
              <th scope="col">{d.server}</th>
              {controls && (
                <th scope="col">
                  <span class="hidden">{d.acts}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <tr key={agent.remote_agent_id}>
                {controls && (
                  <td>
                    {isOurs(agent) && (
                      <input
                        type="checkbox"
                        class="tick"
                        aria-label={d.pickOne(agent.user_start)}
                        checked={picked.has(agent.user_start)}
                        onChange={(event) => pick(agent.user_start, event.currentTarget.checked)}
                      />
                    )}
                  </td>
                )}
                <th scope="row">
                  <bdi>{agent.user_start}</bdi>
                </th>
                <td data-label={d.state}>
                  <span class="with-glyph">
                    <Icon name={agent.status === "ACTIVE" ? "tick" : "away"} size="small" />
                    {d.states[agent.status]}
                  </span>
                </td>
                <td data-label={d.lines}>{stateText(agent, lines)}</td>
                <td data-label={d.extension}>
                  <span class="plate">{agent.conf_exten}</span>
                </td>
                <td data-label={d.server}>{agent.server_ip}</td>
                {controls && (
                  <td class="acts">
                    {isOurs(agent) && <Switch agent={agent} busy={busy.has(agent.user_start)} onSend={send} />}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {controls && campaigns.length > 0 && (
        <form
          class="assign"
          onSubmit={(event) => {
            event.preventDefault();
            if (own.length > 0 && goal !== "") void assign();
          }}
        >
          <label>
            <span>{d.assignTo}</span>
            <select value={goal} required onChange={(event) => setGoal(event.currentTarget.value)}>
              <option value="">{d.choose}</option>
              {campaigns.map((one) => (
                <option key={one.campaign_id} value={one.campaign_id}>
                  {d.named(one.campaign_id, one.campaign_name)}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="btn" disabled={own.length === 0 || own.some(({ user_start }) => busy.has(user_start))}>
            {d.assign(number(own.length), own.length)}
          </button>
          <p class="hint">{d.assignHint}</p>
        </form>
      )}
    </>
  );
}

/** The state of an agent's lines: "2 ready, 1 in a call". */
function stateText(agent: RemoteAgent, lines: DiallerLine[]): string {
  const own = linesOf([agent], lines);
  const parts = STATES.map((state) => [state, own.filter(({ status }) => status === state).length] as const).filter(([, many]) => many > 0);
  const away = agent.number_of_lines - own.length;
  return [...parts.map(([state, many]) => d.some(number(many), d.status[state])), ...(away > 0 ? [d.some(number(away), d.away)] : [])].join(", ");
}

/** The button that enables or disables one. */
function Switch(props: {
  agent: RemoteAgent;
  busy: boolean;
  onSend: (name: string, body: unknown, users: string[]) => Promise<AffectedAgent[] | null>;
}) {
  const { agent, busy, onSend } = props;
  const isActive = agent.status === "ACTIVE";
  const user = agent.user_start;
  const name = isActive ? "disableAgentByUserId" : "enableAgentByUserId";
  return (
    <button
      type="button"
      class="btn small"
      disabled={busy}
      aria-label={isActive ? d.disableOne(user) : d.enableOne(user)}
      onClick={() => void onSend(name, { user_id: user }, [user]).then((affected) => affected && tell(isActive ? d.disabledOne(user) : d.enabledOne(user)))}
    >
      {busy ? d.busy : isActive ? d.disable : d.enable}
    </button>
  );
}
