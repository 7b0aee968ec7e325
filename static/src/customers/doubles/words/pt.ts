// Words of customers who are likely one: Portuguese.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const things = (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`;

const words: Words = {
  title: "Possíveis duplicados",
  lead: "Estes pares parecem ser a mesma pessoa. Nada é unido sem você.",
  of: (looked) => `Procurados entre ${things(looked, "cliente", "clientes")}.`,
  none: "Nenhum duplicado encontrado",
  noneHint: "Clientes com o mesmo e-mail, um nome quase igual ou um número que o outro deixou aparecem aqui, para que você possa uni-los.",
  all: "Todos os clientes",
  why: { number: "Mesmo número", email: "Mesmo e-mail", name: "Nome parecido" },
  pair: (one, other) => `${one} e ${other}`,
  compare: "Comparar",
  apart: "Manter separados",
  apartAsk: (one, other) => `Manter ${one} e ${other} separados?`,
  apartText: "Não voltam a ser sugeridos como duplicados.",
  apartDone: (one, other) => `${one} e ${other} continuam separados.`,
  looksLike: (other) => `Parece ser ${other}`,
  merge: (one, other) => `Unir ${one} e ${other}`,
  field: "Dado",
  stays: "Fica",
  goes: "Sai",
  swap: "Trocar os lados",
  choose: (field) => `O que fica: ${field}`,
  both: "Ambas",
  same: "Igual",
  nothing: "—",
  tagsTogether: "As de ambos",
  numbersTogether: "Todos ficam: as chamadas de qualquer um deles são dessa pessoa.",
  unverified: "Deixa de estar verificado: só um dos dois estava.",
  optedOut: "Não recebe SMS: um dos dois não queria.",
  happens: "O que acontece",
  moves: {
    calls: (n) => things(n, "chamada", "chamadas"),
    leads: (n) => things(n, "oportunidade", "oportunidades"),
    appointments: (n) => things(n, "compromisso", "compromissos"),
    messages: (n) => things(n, "SMS", "SMS"),
    callbacks: (n) => things(n, "retorno", "retornos"),
  },
  goOver: (what, to) => `Passam para ${to}: ${what}.`,
  nothingGoes: "O registro que sai não tem chamadas, oportunidades, compromissos nem mensagens.",
  gone: (name) => `O registro de ${name} é removido. Não dá para desfazer; fica anotado no registro de auditoria.`,
  tooLong: "As notas dos dois juntas são longas demais. Escolha as de um.",
  verb: "Unir",
  done: "Clientes unidos.",
  changed: "Alguém alterou um dos dois nesse meio-tempo. Veja de novo o que há agora.",
  fields: { name: "Nome", phone: "Primeiro número", email: "E-mail", address: "Endereço", language: "Idioma", notes: "Notas", tags: "Etiquetas", numbers: "Outros números" },
};
export default words;
