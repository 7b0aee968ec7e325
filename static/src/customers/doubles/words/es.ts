// Words of customers who are likely one: Spanish.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const things = (n: number, one: string, other: string) => `${number(n)} ${plural(n, { one, other })}`;

const words: Words = {
  title: "Posibles duplicados",
  lead: "Estas parejas parecen ser una misma persona. Nada se une sin usted.",
  of: (looked) => `Buscados entre ${things(looked, "cliente", "clientes")}.`,
  none: "No se han encontrado duplicados",
  noneHint: "Aquí aparecen los clientes con el mismo correo, un nombre casi igual o un número que dejó el otro, para que pueda unirlos.",
  all: "Todos los clientes",
  why: { number: "Mismo número", email: "Mismo correo", name: "Nombre parecido" },
  pair: (one, other) => `${one} y ${other}`,
  compare: "Comparar",
  apart: "Mantener separados",
  apartAsk: (one, other) => `¿Mantener separados a ${one} y ${other}?`,
  apartText: "No se volverán a proponer como duplicados.",
  apartDone: (one, other) => `${one} y ${other} siguen separados.`,
  looksLike: (other) => `Se parece a ${other}`,
  merge: (one, other) => `Unir ${one} y ${other}`,
  field: "Dato",
  stays: "Se queda",
  goes: "Se va",
  swap: "Intercambiar",
  choose: (field) => `Qué se queda: ${field}`,
  both: "Ambas",
  same: "Igual",
  nothing: "—",
  tagsTogether: "Las de ambos",
  numbersTogether: "Se conservan todos: las llamadas de cualquiera de ellos son suyas.",
  unverified: "Deja de estar verificado: solo lo estaba uno de los dos.",
  optedOut: "No recibe SMS: uno de los dos no los quería.",
  happens: "Qué ocurre",
  moves: {
    calls: (n) => things(n, "llamada", "llamadas"),
    leads: (n) => things(n, "oportunidad", "oportunidades"),
    appointments: (n) => things(n, "cita", "citas"),
    messages: (n) => things(n, "SMS", "SMS"),
    callbacks: (n) => things(n, "devolución de llamada", "devoluciones de llamada"),
  },
  goOver: (what, to) => `Pasan a ${to}: ${what}.`,
  nothingGoes: "El registro que se va no tiene llamadas, oportunidades, citas ni mensajes.",
  gone: (name) => `El registro de ${name} se elimina. No se puede deshacer; queda constancia en el registro de auditoría.`,
  tooLong: "Las notas de ambos juntas son demasiado largas. Elija las de uno.",
  verb: "Unir",
  done: "Clientes unidos.",
  changed: "Alguien ha cambiado uno de los dos entretanto. Mire de nuevo lo que hay ahora.",
  fields: { name: "Nombre", phone: "Primer número", email: "Correo", address: "Dirección", language: "Idioma", notes: "Notas", tags: "Etiquetas", numbers: "Otros números" },
};
export default words;
