// Words of the dialler's page: English.
import { number, plural } from "../../app/language";

const concerned = (lines: number, agents: number, campaign: string) => {
  const own = plural(agents, { one: "1 remote agent", other: `${number(agents)} remote agents` });
  return `${plural(lines, { one: "1 line", other: `${number(lines)} lines` })} of ${own} in the campaign ${campaign} ${plural(lines, { one: "is", other: "are" })}`;
};

const words = {
  campaign: "Campaign",
  named: (id: string, name: string) => (name === "" || name === id ? id : `${id}: ${name}`),
  none: "No dialler is connected",
  noneText: "Assistants can be the remote agents of an OSdial or a VICIdial. The operator of this server sets osdial.database_url to its database.",
  noCampaign: "The dialler has no campaign",
  noCampaignText: "Make one on the dialler’s own pages, with remote agents. It appears here within two seconds.",
  dials: "This campaign is dialling.",
  dialsNot: "This campaign is not dialling.",
  method: (method: string, level: string) => `${method}, level ${level}`,
  lines: "Lines",
  status: { READY: "ready", QUEUE: "given a call", INCALL: "in a call", PAUSED: "paused", CLOSER: "for incoming calls", OTHER: "in another state" },
  away: "not logged in",
  some: (n: string, what: string) => `${n} ${what}`,
  enableAll: "Enable all",
  enabling: "Enabling…",
  disableAll: "Disable all",
  disabling: "Disabling…",
  enableAsk: (campaign: string) => `Enable all remote agents of ${campaign}?`,
  disableAsk: (campaign: string) => `Disable all remote agents of ${campaign}?`,
  enableText: (lines: number, agents: number, campaign: string) => `${concerned(lines, agents, campaign)} given calls from now on.`,
  disableText: (lines: number, agents: number, campaign: string) =>
    `${concerned(lines, agents, campaign)} given no more calls. Calls that run go on to their end.`,
  enabled: (n: string, many: number) => (many === 1 ? "1 remote agent takes calls now" : `${n} remote agents take calls now`),
  disabled: (n: string, many: number) => (many === 1 ? "1 remote agent takes no more calls" : `${n} remote agents take no more calls`),
  noAgents: "This campaign has no remote agents. Make them on the dialler’s own pages.",
  table: "Remote agents of the campaign",
  pick: "Choose",
  pickOne: (user: string) => `Choose remote agent ${user}`,
  user: "First user",
  state: "State",
  states: { ACTIVE: "takes calls", INACTIVE: "takes no calls" },
  extension: "Extension",
  server: "Server",
  acts: "Actions",
  enable: "Enable",
  disable: "Disable",
  enableOne: (user: string) => `Enable remote agent ${user}`,
  disableOne: (user: string) => `Disable remote agent ${user}`,
  enabledOne: (user: string) => `Remote agent ${user} takes calls now`,
  disabledOne: (user: string) => `Remote agent ${user} takes no more calls`,
  busy: "Working…",
  assignTo: "Give the chosen remote agents to",
  choose: "Choose a campaign",
  assign: (n: string, many: number) => (many === 1 ? "Assign 1 remote agent" : `Assign ${n} remote agents`),
  assignHint: "None of them may have a line in a call. Where one can’t be assigned, none is.",
  assigned: (n: string, many: number, campaign: string) =>
    many === 1 ? `1 remote agent takes calls of ${campaign} now` : `${n} remote agents take calls of ${campaign} now`,
};

export default words;
export type Words = typeof words;
