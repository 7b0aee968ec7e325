// A dialler's current tables: loaded once, and then updated by the server. Listening starts before loading, and events wait for the loaded tables, so
// that no change in the meantime is missed.
import { batch, type Signal, signal } from "@preact/signals";
import { get, messageOf, Problem } from "../api/client";
import { listen } from "../api/live";
import type { DiallerCampaign, DiallerChange, DiallerLine, Page, RemoteAgent } from "../api/model";
import { all } from "../app/load";

const CAMPAIGNS = "/api/v1/osdial/campaigns";
/** Rows per request. */
const ROWS = 200;

/** The campaigns, and the remote agents and lines of the selected one. */
export interface Tables {
  /** Null until they are loaded. */
  campaigns: Signal<DiallerCampaign[] | null>;
  agents: Signal<RemoteAgent[] | null>;
  lines: Signal<DiallerLine[] | null>;
  /** A sentence if something could not be loaded; otherwise empty. */
  fault: Signal<string>;
  /** Whether the organization has no dialler. */
  isWithout: Signal<boolean>;
  /** Loads what is missing. */
  load: () => Promise<void>;
  /** Shows these remote agents as they are after a command. */
  show: (agents: RemoteAgent[]) => void;
  close: () => void;
}

/** Opens the tables, with the agents of that campaign, or of the first one if none is given. */
export function openTables(campaignId: string | null): Tables {
  const campaigns = signal<DiallerCampaign[] | null>(null);
  const agents = signal<RemoteAgent[] | null>(null);
  const lines = signal<DiallerLine[] | null>(null);
  const fault = signal("");
  const isWithout = signal(false);
  const waiting: DiallerChange[] = [];
  let chosen = campaignId;
  let stop: (() => void) | null = null;
  let isOver = false;
  let isReading = false;
  /** Whether the connection was lost since the rows were read: changes during that time are not reported. */
  let isStale = false;

  const isOwn = (row: { campaign_id: string }) => row.campaign_id === chosen;
  const take = (change: DiallerChange) => {
    if (isReading || !lines.value) return void waiting.push(change);
    if (change.what === "campaigns") campaigns.value = merged(campaigns.value ?? [], change.changed, change.gone, ({ campaign_id }) => campaign_id);
    if (change.what === "remote_agents")
      agents.value = merged(agents.value ?? [], change.changed, change.gone, ({ remote_agent_id }) => remote_agent_id).filter(isOwn);
    if (change.what === "live_agents") lines.value = merged(lines.value, change.changed, change.gone, ({ live_agent_id }) => live_agent_id).filter(isOwn);
  };
  const load = async () => {
    fault.value = "";
    isStale = false;
    try {
      campaigns.value ??= (await get<Page<DiallerCampaign>>(CAMPAIGNS)).items;
      if (isOver) return;
      let isBack = false;
      stop ??= listen(
        (event) => {
          if (event.kind === "osdial") take(event.change);
          if (event.kind !== "snapshot") return;
          if (isBack) void renew();
          isBack = true;
        },
        undefined,
        "osdial",
      );
      const known = campaigns.value;
      chosen = (known.find(isOwn) ?? known[0])?.campaign_id ?? null;
      if (chosen === null) return;
      agents.value = await agentsOf(chosen);
      lines.value = await linesFor(chosen);
      for (const change of waiting.splice(0)) take(change);
      if (isStale) await renew();
    } catch (error) {
      if (error instanceof Problem && error.code === "no_dialler") isWithout.value = true;
      else fault.value = messageOf(error);
    }
  };
  /** Reads all rows again; changes that arrive in the meantime wait for them. */
  const renew = async () => {
    isStale = true;
    if (isReading || !lines.value || chosen === null) return;
    isReading = true;
    try {
      while (isStale && !isOver) {
        isStale = false;
        const those = (await get<Page<DiallerCampaign>>(CAMPAIGNS)).items;
        const [remote, live] = [await agentsOf(chosen), await linesFor(chosen)];
        batch(() => {
          campaigns.value = those;
          agents.value = remote;
          lines.value = live;
          fault.value = "";
        });
      }
    } catch (error) {
      fault.value = messageOf(error);
    }
    isReading = false;
    for (const change of waiting.splice(0)) take(change);
  };
  void load();
  return {
    campaigns,
    agents,
    lines,
    fault,
    isWithout,
    load,
    show: (changed) => take({ what: "remote_agents", changed, gone: [] }),
    close: () => {
      isOver = true;
      stop?.();
    },
  };
}

const ofCampaign = (id: string) => `campaign_id=${encodeURIComponent(id)}`;
const agentsOf = (campaignId: string) => all<RemoteAgent>(`/api/v1/osdial/agents?${ofCampaign(campaignId)}`, ROWS);
const linesFor = (campaignId: string) => all<DiallerLine>(`/api/v1/osdial/live-agents?${ofCampaign(campaignId)}`, ROWS);

/** The rows after a change, ordered by id. */
function merged<T, K extends string | number>(rows: T[], changed: T[], gone: K[], idOf: (row: T) => K): T[] {
  const now = new Map(rows.map((row) => [idOf(row), row]));
  for (const row of changed) now.set(idOf(row), row);
  for (const id of gone) now.delete(id);
  return [...now.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

/** Whether it is one of ours: the dialler's own begin with letters, and a single digit is never used. */
export const isOurs = ({ user_start }: RemoteAgent) => /^\d{2,}$/.test(user_start);

/** The lines of remote agents, without those of people. */
export function linesOf(agents: RemoteAgent[], lines: DiallerLine[]): DiallerLine[] {
  const own = new Set(agents.flatMap((agent) => usersOf(agent).map((user) => `${agent.server_ip} ${user}`)));
  return lines.filter(({ server_ip, user }) => own.has(`${server_ip} ${user}`));
}

/** The users of a remote agent's lines: consecutive numbers. */
export function usersOf({ user_start, number_of_lines }: RemoteAgent): string[] {
  if (!/^\d+$/.test(user_start)) return [user_start];
  const first = BigInt(user_start);
  return Array.from({ length: number_of_lines }, (_, at) => String(first + BigInt(at)).padStart(user_start.length, "0"));
}
