// Words of the dialler's page: English.
import { number, plural } from "../../app/language";

const concerned = (lines: number, agents: number, campaign: string) => {
  const own = plural(agents, { one: "1 remote agent", other: `${number(agents)} remote agents` });
  return `${plural(lines, { one: "1 line", other: `${number(lines)} lines` })} of ${own} in the campaign ${campaign}`;
};

const words = {
  campaign: "Campaign",
  named: (id: string, name: string) => (name === "" || name === id ? id : `${id}: ${name}`),
  none: "No dialler is connected",
  noneText: "Assistants can work as remote agents of OSdial or VICIdial. To connect one, the server’s operator sets osdial.database_url to its database.",
  noCampaign: "The dialler has no campaign",
  noCampaignText: "Create one on the dialler’s own pages, with remote agents. It appears here within two seconds.",
  dials: "This campaign is dialling.",
  dialsNot: "This campaign is not dialling.",
  method: (method: string, level: string) => `${method}, level ${level}`,
  lines: "Lines",
  status: { READY: "ready", QUEUE: "getting a call", INCALL: "in a call", PAUSED: "paused", CLOSER: "for incoming calls", OTHER: "in another state" },
  away: "not logged in",
  some: (n: string, what: string) => `${n} ${what}`,
  enableAll: "Enable all",
  enabling: "Enabling…",
  disableAll: "Disable all",
  disabling: "Disabling…",
  enableAsk: (campaign: string) => `Enable all remote agents of ${campaign}?`,
  disableAsk: (campaign: string) => `Disable all remote agents of ${campaign}?`,
  enableText: (lines: number, agents: number, campaign: string) => `${concerned(lines, agents, campaign)} will get calls from now on.`,
  disableText: (lines: number, agents: number, campaign: string) =>
    `${concerned(lines, agents, campaign)} will get no more calls. Calls in progress continue.`,
  enabled: (n: string, many: number) => (many === 1 ? "1 remote agent now takes calls" : `${n} remote agents now take calls`),
  disabled: (n: string, many: number) => (many === 1 ? "1 remote agent no longer takes calls" : `${n} remote agents no longer take calls`),
  noAgents: "This campaign has no remote agents. Create them on the dialler’s own pages.",
  table: "Remote agents of the campaign",
  pick: "Select",
  pickOne: (user: string) => `Select remote agent ${user}`,
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
  enabledOne: (user: string) => `Remote agent ${user} now takes calls`,
  disabledOne: (user: string) => `Remote agent ${user} no longer takes calls`,
  busy: "Working…",
  assignTo: "Assign the selected remote agents to",
  choose: "Choose a campaign",
  assign: (n: string, many: number) => (many === 1 ? "Assign 1 remote agent" : `Assign ${n} remote agents`),
  assignHint: "None of them may have a line in a call. If one can’t be assigned, none are.",
  assigned: (n: string, many: number, campaign: string) =>
    many === 1 ? `1 remote agent now takes calls of ${campaign}` : `${n} remote agents now take calls of ${campaign}`,
};

export default words;
export type Words = typeof words;
