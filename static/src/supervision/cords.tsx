// The board: a cord for each call, from the caller's jack to the jack of the party that has them. The table next to it says the same.
import type { AgentNow } from "../api/model";
import { Icon } from "../app/icons";
import { serverNow } from "../app/now";
import { length } from "../words/time";
import { agentWords } from "./agent-words";
import { type BoardCall, type Stand, standOf, talkerOf } from "./calls";
import { sinceOf, STANDS, whoOf, withOf } from "./shape";
import { w } from "./words";

/** Nobody can follow more cords than this; the table has all calls. */
const DRAWN = 20;
/** The height of a row, in px. */
const ROW_PX = 56;
/** How low a cord hangs, in px. */
const SAG_PX = 44;

/** Callers who need a person come first. */
const RANK: Record<Stand, number> = { ringing: 0, interrupted: 1, held: 2, agent: 3, assistant: 3 };

const CORDS: Record<Stand, string> = {
  ringing: "ring",
  interrupted: "ring",
  held: "held",
  agent: "agent talking",
  assistant: "ada talking",
};

/** A jack on the right. */
interface End {
  key: string;
  name: string;
  kind: "ada" | "agent";
  agent: AgentNow | undefined;
  calls: number;
}

/** The board. `chosen`: the call of the drawer. */
export function Cords(props: {
  calls: readonly BoardCall[];
  agents: readonly AgentNow[];
  nameOf: (profileId: string) => string;
  chosen: string | null;
  onOpen: (id: string) => void;
}) {
  const { calls, agents, nameOf } = props;
  const shown = [...calls].sort((one, other) => RANK[standOf(one)] - RANK[standOf(other)]).slice(0, DRAWN);
  const ends = endsOf(calls, shown, agents, nameOf);
  const high = Math.max(shown.length, ends.length, 3) * ROW_PX;
  const leftY = (at: number) => ((at + 0.5) * high) / Math.max(shown.length, 1);
  const endY = new Map(ends.map((end, at) => [end.key, ((at + 0.5) * high) / ends.length]));
  return (
    <section class="ebonite cordboard" aria-labelledby="board-callers">
      <div class="cb-heads">
        <h2 class="caps" id="board-callers">
          {w.board.callers}
        </h2>
        <h2 class="caps">{w.board.house}</h2>
      </div>
      {calls.length === 0 ? (
        <p class="soft cb-nobody">{w.board.nobody}</p>
      ) : (
        <div class="cb-face" style={{ height: `${high}px` }}>
          <ul class="jacks left">
            {shown.map((one) => (
              <Caller key={one.call.id} one={one} nameOf={nameOf} isChosen={props.chosen === one.call.id} onOpen={props.onOpen} />
            ))}
          </ul>
          <svg class="cord board-cords" viewBox={`0 0 100 ${high}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
            {shown.map((one, at) => {
              const stand = standOf(one);
              const to = endY.get(endOf(one)) ?? high / 2;
              return <Line key={one.call.id} name={CORDS[stand]} from={leftY(at)} to={to} isShort={stand === "ringing"} />;
            })}
            {shown.flatMap((one, at) =>
              [...one.ears.keys()].map((user) => {
                const to = endY.get(user);
                return to === undefined ? null : <Line key={`${one.call.id} ${user}`} name="agent heard" from={leftY(at) + 4} to={to} />;
              }),
            )}
          </svg>
          <ul class="jacks right">
            {ends.map((end) => (
              <li key={end.key} class={end.kind === "ada" ? "ada-end" : "agent-end"}>
                <span class={end.calls > 0 ? `jack in ${end.kind}` : "jack"} aria-hidden="true" />
                <span class={end.kind === "ada" ? "plate brass" : "plate"}>{end.name}</span>
                <span class="meta end-word">
                  {end.agent ? agentWords(end.agent) : end.kind === "ada" ? w.board.has(end.calls) : ""}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {calls.length > shown.length && <p class="meta cb-more">{w.board.drawn(shown.length, calls.length)}</p>}
    </section>
  );
}

/** The jack of the party that has the caller. */
function endOf({ call }: BoardCall): string {
  return talkerOf(call)?.user_id ?? call.profile_id;
}

/** The jacks on the right: the assistants that have calls, the agents who are here, and everybody who has or hears a call. */
function endsOf(
  calls: readonly BoardCall[],
  shown: readonly BoardCall[],
  agents: readonly AgentNow[],
  nameOf: (profileId: string) => string,
): End[] {
  const count = new Map<string, number>();
  for (const one of calls) count.set(endOf(one), (count.get(endOf(one)) ?? 0) + 1);
  const assistants = [...new Set(calls.filter(({ call }) => !talkerOf(call)).map(({ call }) => call.profile_id))];
  const hears = new Set(shown.flatMap(({ ears }) => [...ears.keys()]));
  const isThere = (agent: AgentNow) =>
    agent.presence.intent !== "offline" || count.has(agent.user_id) || hears.has(agent.user_id);
  const team = agents.filter(isThere);
  const known = new Set(team.map(({ user_id }) => user_id));
  const others = new Map(shown.flatMap(({ call }) => talkerOf(call) ?? []).map((agent) => [agent.user_id, agent.name]));
  return [
    ...assistants.map((id) => ({ key: id, name: nameOf(id), kind: "ada" as const, agent: undefined, calls: count.get(id) ?? 0 })),
    ...team.map((agent) => ({
      key: agent.user_id,
      name: agent.name,
      kind: "agent" as const,
      agent,
      calls: (count.get(agent.user_id) ?? 0) + Number(hears.has(agent.user_id)),
    })),
    ...[...others]
      .filter(([id]) => !known.has(id))
      .map(([id, name]) => ({ key: id, name: name ?? w.board.somebody, kind: "agent" as const, agent: undefined, calls: count.get(id) ?? 0 })),
  ];
}

/** A cord from one height to another; a ringing one ends short of its jack. */
function Line({ name, from, to, isShort = false }: { name: string; from: number; to: number; isShort?: boolean }) {
  const end = isShort ? 88 : 100;
  const last = isShort ? to + SAG_PX * 0.3 : to;
  const path = `M0 ${from}C${end * 0.3} ${from + SAG_PX} ${end * 0.66} ${last + SAG_PX} ${end} ${last}`;
  return (
    <g class={name}>
      <path class="shade" d={path} />
      <path class="body" d={path} />
      <path class="weave" d={path} />
    </g>
  );
}

function Caller(props: { one: BoardCall; nameOf: (id: string) => string; isChosen: boolean; onOpen: (id: string) => void }) {
  const { one, isChosen } = props;
  const stand = standOf(one);
  const { word, icon, look } = STANDS[stand];
  return (
    <li class={one.isFresh ? "fresh" : undefined}>
      <button
        type="button"
        class="line-btn"
        data-call={one.call.id}
        {...(isChosen ? { "aria-current": "true" as const } : {})}
        onClick={() => props.onOpen(one.call.id)}
      >
        <span class="line-words">
          <strong dir="auto">{whoOf(one)}</strong>
          <span class="meta">{one.call.to ?? ""}</span>
        </span>
        <span class={`state ${look}`}>
          <Icon name={icon} />
          <span>{word}</span>
          <time>{length(serverNow.value - sinceOf(one))}</time>
        </span>
        <span class="hidden">{w.board.withWhom(withOf(one, props.nameOf))}</span>
      </button>
      <span class={stand === "ringing" ? "jack in ring" : "jack in caller"} aria-hidden="true" />
    </li>
  );
}
