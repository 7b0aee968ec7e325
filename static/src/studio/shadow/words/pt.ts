// Palavras da sombra: português.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const minutesOf = (n: number) => `${number(n)} ${plural(n, { one: "minuto", other: "minutos" })}`;

const words: Words = {
  form: {
    title: "Sombra",
    none: "Sem sombra",
    sum: (name, share) => `${name} ouve ${share}% das chamadas`,
    hint: "Uma segunda voz ouve uma parte das chamadas e responde, mas quem liga não a ouve. Compare as respostas dela com as que foram dadas. As ferramentas dela nunca são executadas. Custa o mesmo que uma chamada com esta voz.",
    talk: (n, count, minutes) => `Nos últimos 30 dias este assistente teve ${n} ${plural(count, { one: "chamada", other: "chamadas" })} com ${minutesOf(minutes)} de conversa.`,
    who: "Quem ouve",
    share: "Parte das chamadas, em porcentagem",
    badShare: "Escreva um número inteiro de 1 a 100.",
    cap: (currency) => (currency === "" ? "Limite mensal" : `Limite mensal, em ${currency}`),
    capHint: "Quando a sombra tiver custado isso, ela não ouve mais chamadas até o mês seguinte (UTC).",
    badCost: "Escreva um valor, por exemplo 5,00.",
    estimate: (minutes, name, perMinute, month, cap) =>
      `Cerca de ${minutesOf(minutes)} por mês. Um minuto com ${name} custou ${perMinute} nas últimas 24 horas: cerca de ${month} por mês, e no máximo ${cap}.`,
    unknown: (minutes, name, cap) =>
      `Cerca de ${minutesOf(minutes)} por mês. O custo por minuto com ${name} não é conhecido, porque nenhuma chamada usou esta voz nas últimas 24 horas. No máximo ${cap} por mês.`,
    spent: (money) => `Neste mês ela custou ${money}.`,
    look: "Comparar as respostas",
  },
  calls: {
    title: "Chamadas que a sombra ouviu",
    lede: "O que quem ligou ouviu, e o que a sombra teria dito. Ninguém que ligou ouviu a sombra.",
    empty: "A sombra ainda não ouviu nenhuma chamada. Escolha uma voz em Sombra, publique e espere a próxima chamada.",
    open: (when) => `Comparar as respostas da chamada de ${when}`,
    compare: "Comparar",
    turns: (n, count) => `${n} ${plural(count, { one: "turno", other: "turnos" })}`,
    failed: "Falhou",
    pair: (given, shadow) => `${given}, com ${shadow} como sombra`,
  },
  call: {
    back: "Todas as chamadas",
    of: "A chamada",
    cost: (money) => `a sombra custou ${money}`,
    listens: "ainda ouvindo",
    latency: "Tempos de resposta",
    gaveAfter: (name) => `${name} respondeu após`,
    unheardAfter: (name) => `${name}, sem ser ouvida, respondeu após`,
    never: "sem resposta",
    nothing: "Quem ligou não disse nada enquanto a sombra ouvia.",
    turns: "Turnos",
    caller: "Quem liga",
    noWords: "As palavras não foram transcritas.",
    understood: (name, words) => `${name} entendeu: “${words}”`,
    unheard: (name) => `${name}, sem ser ouvida`,
    silent: "Não disse nada.",
    tooLong: "Os argumentos eram longos demais para guardar.",
    builtin: "Assistente embutido",
  },
};

export default words;
