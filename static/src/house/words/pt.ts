// Words that the pages about the house share: Portuguese.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  once: "Só é mostrado desta vez. Copie agora e guarde onde só você possa ler.",
  kept: "Já guardei",
  refresh: "Atualizar",
  delivered: "Entregue",
  failed: "Abandonado",
  waiting: "Em andamento",
  attempts: (n, count) => `${n} ${plural(count, { one: "tentativa", other: "tentativas" })}`,
  next: "próxima tentativa",
  answered: (status) => `Resposta ${status}`,
  noAnswer: "Sem resposta",
  nothing: "Nada mais foi dito.",
  again: "Enviar de novo",
  againOf: (event) => `Enviar de novo: ${event}`,
  events: {
    "call.started": "Uma chamada começa",
    "call.ended": "Uma chamada termina",
    "lead.created": "Uma nova oportunidade",
    "appointment.booked": "Um compromisso é marcado",
    "appointment.moved": "Um compromisso é remarcado",
    "appointment.cancelled": "Um compromisso é cancelado",
    "handoff.failed": "Ninguém pôde assumir",
    "recording.ready": "Uma gravação está pronta",
    "alarm.raised": "Uma regra deu o alarme",
    alarm: "Uma regra deu o alarme",
    "webhook.test": "Um teste",
    "campaign.email": "Um e-mail a alguém para quem uma campanha ligou",
    new_lead: "Uma nova oportunidade",
    missed_call: "Uma chamada perdida",
    failed_handoff: "Uma transferência que falhou",
    webhook_off: "Um webhook foi desativado",
    figures_changed: "Números incomuns",
  },
};
export default words;
