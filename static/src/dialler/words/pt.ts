// Words of the dialler's page: Portuguese.
import { number, plural } from "../../app/language";
import type { Words } from "./en";

const concerned = (lines: number, agents: number, campaign: string, not: string) => {
  const own = plural(agents, { one: `${number(agents)} agente remoto`, other: `${number(agents)} agentes remotos` });
  return `${plural(lines, { one: `${number(lines)} linha`, other: `${number(lines)} linhas` })} de ${own} da campanha ${campaign} ${not}${plural(lines, { one: "recebe", other: "recebem" })}`;
};

const words: Words = {
  campaign: "Campanha",
  named: (id, name) => (name === "" || name === id ? id : `${id}: ${name}`),
  none: "Nenhum discador está conectado",
  noneText: "Os assistentes podem trabalhar como agentes remotos do OSdial ou VICIdial. Para conectar um, quem administra o servidor define osdial.database_url com o banco de dados dele.",
  noCampaign: "O discador não tem nenhuma campanha",
  noCampaignText: "Crie uma nas páginas do discador, com agentes remotos. Aparece aqui em dois segundos.",
  dials: "Esta campanha está discando.",
  dialsNot: "Esta campanha não está discando.",
  method: (method, level) => `${method}, nível ${level}`,
  lines: "Linhas",
  status: { READY: "prontas", QUEUE: "recebem uma chamada", INCALL: "em chamada", PAUSED: "em pausa", CLOSER: "para chamadas recebidas", OTHER: "em outro estado" },
  away: "sem sessão",
  some: (n, what) => `${n} ${what}`,
  enableAll: "Ativar todos",
  enabling: "Ativando…",
  disableAll: "Desativar todos",
  disabling: "Desativando…",
  enableAsk: (campaign) => `Ativar todos os agentes remotos de ${campaign}?`,
  disableAsk: (campaign) => `Desativar todos os agentes remotos de ${campaign}?`,
  enableText: (lines, agents, campaign) => `A partir de agora, ${concerned(lines, agents, campaign, "")} chamadas.`,
  disableText: (lines, agents, campaign) => `A partir de agora, ${concerned(lines, agents, campaign, "não ")} chamadas. As chamadas em andamento continuam.`,
  enabled: (n, many) => (many === 1 ? "1 agente remoto atende chamadas agora" : `${n} agentes remotos atendem chamadas agora`),
  disabled: (n, many) => (many === 1 ? "1 agente remoto não atende mais chamadas" : `${n} agentes remotos não atendem mais chamadas`),
  noAgents: "Esta campanha não tem agentes remotos. Crie-os nas páginas do discador.",
  table: "Agentes remotos da campanha",
  pick: "Selecionar",
  pickOne: (user) => `Selecionar o agente remoto ${user}`,
  user: "Primeiro usuário",
  state: "Estado",
  states: { ACTIVE: "atende chamadas", INACTIVE: "não atende chamadas" },
  extension: "Ramal",
  server: "Servidor",
  acts: "Ações",
  enable: "Ativar",
  disable: "Desativar",
  enableOne: (user) => `Ativar o agente remoto ${user}`,
  disableOne: (user) => `Desativar o agente remoto ${user}`,
  enabledOne: (user) => `O agente remoto ${user} atende chamadas agora`,
  disabledOne: (user) => `O agente remoto ${user} não atende mais chamadas`,
  busy: "Em andamento…",
  assignTo: "Atribuir os agentes remotos selecionados a",
  choose: "Escolha uma campanha",
  assign: (n, many) => (many === 1 ? "Atribuir 1 agente remoto" : `Atribuir ${n} agentes remotos`),
  assignHint: "Nenhum deles pode ter uma linha em chamada. Se um não puder ser atribuído, nenhum será.",
  assigned: (n, many, campaign) =>
    many === 1 ? `1 agente remoto atende agora chamadas de ${campaign}` : `${n} agentes remotos atendem agora chamadas de ${campaign}`,
};

export default words;
