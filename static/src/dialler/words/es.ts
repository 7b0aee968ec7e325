// Words of the dialler's page: Spanish.
import { number, plural } from "../../app/language";
import type { Words } from "./en";

const concerned = (lines: number, agents: number, campaign: string, not: string) => {
  const own = plural(agents, { one: "1 agente remoto", other: `${number(agents)} agentes remotos` });
  return `${plural(lines, { one: "1 línea", other: `${number(lines)} líneas` })} de ${own} de la campaña ${campaign} ${not}${plural(lines, { one: "recibe", other: "reciben" })}`;
};

const words: Words = {
  campaign: "Campaña",
  named: (id, name) => (name === "" || name === id ? id : `${id}: ${name}`),
  none: "No hay ningún marcador conectado",
  noneText: "Los asistentes pueden trabajar como agentes remotos de OSdial o VICIdial. Para conectar uno, quien administra el servidor pone su base de datos en osdial.database_url.",
  noCampaign: "El marcador no tiene ninguna campaña",
  noCampaignText: "Cree una en las páginas del marcador, con agentes remotos. Aparece aquí en dos segundos.",
  dials: "Esta campaña está marcando.",
  dialsNot: "Esta campaña no está marcando.",
  method: (method, level) => `${method}, nivel ${level}`,
  lines: "Líneas",
  status: { READY: "listas", QUEUE: "reciben una llamada", INCALL: "en llamada", PAUSED: "en pausa", CLOSER: "para llamadas entrantes", OTHER: "en otro estado" },
  away: "sin sesión",
  some: (n, what) => `${n} ${what}`,
  enableAll: "Activar todos",
  enabling: "Activando…",
  disableAll: "Desactivar todos",
  disabling: "Desactivando…",
  enableAsk: (campaign) => `¿Activar todos los agentes remotos de ${campaign}?`,
  disableAsk: (campaign) => `¿Desactivar todos los agentes remotos de ${campaign}?`,
  enableText: (lines, agents, campaign) => `Desde ahora, ${concerned(lines, agents, campaign, "")} llamadas.`,
  disableText: (lines, agents, campaign) => `Desde ahora, ${concerned(lines, agents, campaign, "no ")} llamadas. Las llamadas en curso continúan.`,
  enabled: (n, many) => (many === 1 ? "1 agente remoto atiende llamadas ahora" : `${n} agentes remotos atienden llamadas ahora`),
  disabled: (n, many) => (many === 1 ? "1 agente remoto ya no atiende llamadas" : `${n} agentes remotos ya no atienden llamadas`),
  noAgents: "Esta campaña no tiene agentes remotos. Créelos en las páginas del marcador.",
  table: "Agentes remotos de la campaña",
  pick: "Seleccionar",
  pickOne: (user) => `Seleccionar el agente remoto ${user}`,
  user: "Primer usuario",
  state: "Estado",
  states: { ACTIVE: "atiende llamadas", INACTIVE: "no atiende llamadas" },
  extension: "Extensión",
  server: "Servidor",
  acts: "Acciones",
  enable: "Activar",
  disable: "Desactivar",
  enableOne: (user) => `Activar el agente remoto ${user}`,
  disableOne: (user) => `Desactivar el agente remoto ${user}`,
  enabledOne: (user) => `El agente remoto ${user} atiende llamadas ahora`,
  disabledOne: (user) => `El agente remoto ${user} ya no atiende llamadas`,
  busy: "En curso…",
  assignTo: "Asignar los agentes remotos seleccionados a",
  choose: "Elija una campaña",
  assign: (n, many) => (many === 1 ? "Asignar 1 agente remoto" : `Asignar ${n} agentes remotos`),
  assignHint: "Ninguno puede tener una línea en llamada. Si uno no se puede asignar, no se asigna ninguno.",
  assigned: (n, many, campaign) =>
    many === 1 ? `1 agente remoto atiende ahora llamadas de ${campaign}` : `${n} agentes remotos atienden ahora llamadas de ${campaign}`,
};

export default words;
