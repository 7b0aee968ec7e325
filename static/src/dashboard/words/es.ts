// Words of the dashboard: Spanish.
import { listed, number, plural } from "../../app/language";
import type { Words } from "./en";

const calls = (n: number) => `${number(n)} ${plural(n, { one: "llamada", other: "llamadas" })}`;

const words: Words = {
  title: "Resumen",
  ranges: { name: "Días", 1: "Hoy", 7: "7 días", 28: "28 días" },
  until: (weekday, time) => `hasta las ${time}, frente al ${weekday} pasado hasta las ${time}`,
  span: (from, to) => `del ${from} al ${to}, frente al periodo anterior`,
  story: {
    none: "Hoy todavía no hay llamadas.",
    noneInSpan: "No hubo llamadas en este periodo.",
    took: (alone, all) =>
      alone === all
        ? `El asistente atendió ${all === 1 ? "la única llamada" : all === 2 ? "las dos llamadas" : `las ${calls(all)}`} sin ayuda.`
        : `El asistente atendió sin ayuda ${number(alone)} de ${calls(all)}.`,
    and: (parts) => `Además hay ${listed(parts)}.`,
    bookings: (n) => `${number(n)} ${plural(n, { one: "cita nueva", other: "citas nuevas" })}`,
    leads: (n) => `${number(n)} ${plural(n, { one: "oportunidad nueva", other: "oportunidades nuevas" })}`,
    missed: (n) => `${number(n)} ${plural(n, { one: "persona no encontró", other: "personas no encontraron" })} a nadie.`,
  },
  now: {
    title: "Ahora en la centralita",
    count: (n) => calls(n),
    quiet: "No hay nadie en línea.",
    all: "Todas las llamadas en curso",
    ringing: "Suena",
    live: "En curso",
    assistant: "Asistente",
    somebody: "Alguien",
  },
  byHour: "Llamadas por hora",
  byDay: "Llamadas por día",
  hour: "Hora",
  day: "Día",
  chart: {
    alone: "Solo el asistente",
    handedOver: "Transferidas",
    open: "Abiertas o sin respuesta",
    missed: "Perdidas",
    before: "Periodo anterior",
    asTable: "Como tabla",
    says: (all, busiest, most, missed) =>
      all === 0 ? "Ninguna llamada." : `${calls(all)}. Pico: ${busiest}, ${calls(most)}. Perdidas: ${number(missed)}.`,
  },
  feed: {
    title: "Ahora mismo",
    none: "Nada todavía. Aquí aparecen oportunidades, mensajes y llamadas perdidas.",
    lead: (who) => `Oportunidad nueva: ${who}`,
    message: (who) => `Mensaje de ${who}`,
    missed: (who) => `Perdida: ${who}`,
    somebody: "alguien sin número",
  },
  ledger: {
    name: (against) => `Cifras, frente a ${against}`,
    calls: "Llamadas",
    alone: "Solo el asistente",
    handedOver: "Transferidas",
    missed: "Perdidas",
    leads: "Oportunidades nuevas",
    bookings: "Citas",
    average: "Duración media",
    wait: "Espera a una persona, mediana",
    reply: "Respuesta, mediana",
    most: (time) => `95 % en ${time}`,
    spent: "Gasto",
    more: (n) => `${n} más`,
    fewer: (n) => `${n} menos`,
    longer: (n) => `${n} más`,
    shorter: (n) => `${n} menos`,
    same: "sin cambios",
    noBefore: "sin comparación",
  },
  csv: "CSV",
  counting: (zone, next) => `Las líneas de tendencia, las respuestas y las esperas se están contando de nuevo en la nueva zona horaria de la empresa, ${next}. Hasta entonces son de ${zone}.`,
  endings: { title: "Cómo terminaron las llamadas", none: "Aún no ha terminado ninguna llamada." },
  steps: {
    title: "Primeros pasos",
    done: (n, of) => `${number(n)} de ${number(of)} hechos`,
    dismiss: "Ocultar",
    dismissed: "Primeros pasos ocultados. Puede volver a mostrarlos en los ajustes.",
    isDone: "Hecho",
    testCall: { title: "Hable con su asistente", text: "En este navegador, con su propio micrófono.", act: "Empezar una prueba" },
    business: { title: "Describa su empresa", text: "Servicios, precios, horario: lo que el asistente puede decir.", act: "Describirla" },
    phoneLine: { title: "Conecte una línea", text: "Asterisk, FreeSWITCH o Twilio, con las líneas para pegar.", act: "Conectar una" },
    team: { title: "Invite a su equipo", text: "Personas que atienden llamadas y leen oportunidades.", act: "Invitar a alguien" },
    published: { title: "Publique su propio asistente", text: "Cambie el saludo y lo que puede hacer, y publíquelo.", act: "Abrir el estudio" },
  },
};
export default words;
