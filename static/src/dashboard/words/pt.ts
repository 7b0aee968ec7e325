// Words of the dashboard: Portuguese.
import { listed, number, plural } from "../../app/language";
import type { Words } from "./en";

const calls = (n: number) => `${number(n)} ${plural(n, { one: "chamada", other: "chamadas" })}`;

const words: Words = {
  title: "Painel",
  ranges: { name: "Dias", 1: "Hoje", 7: "7 dias", 28: "28 dias" },
  until: (weekday, time) => `até ${time}, em relação a ${weekday} passada até ${time}`,
  span: (from, to) => `${from} a ${to}, em relação ao período anterior`,
  story: {
    none: "Ainda não houve chamadas hoje.",
    noneInSpan: "Não houve chamadas neste período.",
    took: (alone, all) =>
      alone === all
        ? `O assistente atendeu ${all === 1 ? "a única chamada" : all === 2 ? "as duas chamadas" : `todas as ${calls(all)}`} sozinho.`
        : `O assistente atendeu sozinho ${number(alone)} de ${calls(all)}.`,
    and: (parts) => `Há também ${listed(parts)}.`,
    bookings: (n) => `${number(n)} ${plural(n, { one: "novo compromisso", other: "novos compromissos" })}`,
    leads: (n) => `${number(n)} ${plural(n, { one: "nova oportunidade", other: "novas oportunidades" })}`,
    missed: (n) => `${number(n)} ${plural(n, { one: "pessoa não encontrou", other: "pessoas não encontraram" })} ninguém.`,
  },
  now: {
    title: "Agora na central",
    count: (n) => calls(n),
    quiet: "Ninguém está na linha.",
    all: "Todas as chamadas ao vivo",
    ringing: "Tocando",
    live: "Ao vivo",
    assistant: "Assistente",
    somebody: "Alguém",
  },
  byHour: "Chamadas por hora",
  byDay: "Chamadas por dia",
  hour: "Hora",
  day: "Dia",
  chart: {
    alone: "Só o assistente",
    handedOver: "Transferidas",
    open: "Abertas ou sem resposta",
    missed: "Perdidas",
    before: "Período anterior",
    asTable: "Como tabela",
    says: (all, busiest, most, missed) =>
      all === 0 ? "Nenhuma chamada." : `${calls(all)}. Pico: ${busiest}, ${calls(most)}. Perdidas: ${number(missed)}.`,
  },
  feed: {
    title: "Agora há pouco",
    none: "Nada ainda. Oportunidades, mensagens e chamadas perdidas aparecem aqui.",
    lead: (who) => `Nova oportunidade: ${who}`,
    message: (who) => `Mensagem de ${who}`,
    missed: (who) => `Perdida: ${who}`,
    somebody: "alguém sem número",
  },
  ledger: {
    name: (against) => `Números, em relação a ${against}`,
    calls: "Chamadas",
    alone: "Só o assistente",
    handedOver: "Transferidas",
    missed: "Perdidas",
    leads: "Novas oportunidades",
    bookings: "Agendados",
    average: "Duração média",
    wait: "Espera por uma pessoa, mediana",
    reply: "Resposta, mediana",
    most: (time) => `95% em ${time}`,
    spent: "Gasto",
    more: (n) => `${n} a mais`,
    fewer: (n) => `${n} a menos`,
    longer: (n) => `${n} a mais`,
    shorter: (n) => `${n} a menos`,
    same: "sem mudança",
    noBefore: "sem comparação",
  },
  csv: "CSV",
  counting: (zone, next) => `As linhas de tendência, as respostas e as esperas estão sendo recontadas no novo fuso horário da empresa, ${next}. Até lá são de ${zone}.`,
  endings: { title: "Como as chamadas terminaram", none: "Nenhuma chamada terminou ainda." },
  steps: {
    title: "Primeiros passos",
    done: (n, of) => `${number(n)} de ${number(of)} feitos`,
    dismiss: "Ocultar",
    dismissed: "Primeiros passos ocultados. Você pode mostrá-los de novo nas configurações.",
    isDone: "Feito",
    testCall: { title: "Fale com o seu assistente", text: "Neste navegador, com o seu próprio microfone.", act: "Começar um teste" },
    business: { title: "Descreva a sua empresa", text: "Serviços, preços, horários: o que o assistente pode dizer.", act: "Descrever" },
    phoneLine: { title: "Conecte uma linha", text: "Asterisk, FreeSWITCH ou Twilio, com as linhas para colar.", act: "Conectar uma" },
    team: { title: "Convide a sua equipe", text: "Pessoas que assumem chamadas e leem oportunidades.", act: "Convidar alguém" },
    published: { title: "Publique o seu próprio assistente", text: "Mude a saudação e o que ele pode fazer, e publique.", act: "Abrir o estúdio" },
  },
};
export default words;
