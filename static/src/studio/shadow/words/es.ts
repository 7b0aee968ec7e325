// Palabras de la sombra: español.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const minutesOf = (n: number) => `${number(n)} ${plural(n, { one: "minuto", other: "minutos" })}`;
const aboutMinutes = (n: number) => plural(n, { one: "Alrededor de 1 minuto", other: `Unos ${number(n)} minutos` });

const words: Words = {
  form: {
    title: "Sombra",
    none: "Sin sombra",
    sum: (name, share) => `${name} oye el ${share} % de las llamadas`,
    hint: "Una segunda voz escucha una parte de las llamadas y responde, pero nadie que llama la oye. Compare sus respuestas con las que se dieron. Sus herramientas nunca se ejecutan. Cuesta lo mismo que una llamada con esta voz.",
    talk: (n, count, minutes) => `En los últimos 30 días este asistente tuvo ${n} ${plural(count, { one: "llamada", other: "llamadas" })} con ${minutesOf(minutes)} de conversación.`,
    who: "Quién escucha",
    share: "Parte de las llamadas, en porcentaje",
    badShare: "Escriba un número entero de 1 a 100.",
    cap: (currency) => (currency === "" ? "Límite mensual" : `Límite mensual, en ${currency}`),
    capHint: "Cuando la sombra haya costado eso, no escucha más llamadas hasta el mes siguiente (UTC).",
    badCost: "Escriba un importe, por ejemplo 5,00.",
    estimate: (minutes, name, perMinute, month, cap) =>
      `${aboutMinutes(minutes)} al mes. Un minuto con ${name} ha costado ${perMinute} en las últimas 24 horas: unos ${month} al mes, y como máximo ${cap}.`,
    unknown: (minutes, name, cap) =>
      `${aboutMinutes(minutes)} al mes. No se conoce el coste por minuto con ${name}, porque ninguna llamada usó esta voz en las últimas 24 horas. Como máximo ${cap} al mes.`,
    spent: (money) => `Este mes ha costado ${money}.`,
    look: "Comparar las respuestas",
  },
  calls: {
    title: "Llamadas que oyó la sombra",
    lede: "Lo que oyeron quienes llamaron y lo que habría dicho la sombra. Nadie que llamó oyó la sombra.",
    empty: "La sombra aún no ha oído ninguna llamada. Elija una voz en Sombra, publique y espere la próxima llamada.",
    open: (when) => `Comparar las respuestas de la llamada de ${when}`,
    compare: "Comparar",
    turns: (n, count) => `${n} ${plural(count, { one: "turno", other: "turnos" })}`,
    failed: "Fallida",
    pair: (given, shadow) => `${given}, con ${shadow} como sombra`,
  },
  call: {
    back: "Todas las llamadas",
    of: "La llamada",
    cost: (money) => `la sombra costó ${money}`,
    listens: "sigue escuchando",
    latency: "Tiempos de respuesta",
    gaveAfter: (name) => `${name} respondió tras`,
    unheardAfter: (name) => `${name}, sin ser oída, respondió tras`,
    never: "sin respuesta",
    nothing: "Quien llamó no dijo nada mientras la sombra escuchaba.",
    turns: "Turnos",
    caller: "Quien llama",
    noWords: "Sus palabras no se transcribieron.",
    understood: (name, words) => `${name} entendió: «${words}»`,
    unheard: (name) => `${name}, sin ser oída`,
    silent: "No dijo nada.",
    tooLong: "Los argumentos eran demasiado largos para guardarlos.",
    builtin: "Asistente integrado",
  },
};

export default words;
