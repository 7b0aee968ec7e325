// Words of supervision: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Supervisar",
  ways: "Cómo participa",
  modes: { listen: "Escuchar", whisper: "Susurrar", barge: "Intervenir" },
  does: {
    listen: "Usted oye la llamada; nadie le oye",
    whisper: "El agente le oye, quien llama no",
    barge: "Quien llama y el agente le oyen",
  },
  stands: { off: "No oye esta llamada", connecting: "Conectando…", live: "En directo", reconnecting: "Reconectando…" },
  leave: "Terminar",
  shown: "El agente ve quién oye la llamada. Todo lo que haga aquí queda en su cronología.",
  takeOver: {
    verb: "Tomar la llamada",
    ask: "¿Tomar esta llamada?",
    text: "Usted atiende a quien llama en su puesto; el asistente o el agente deja la llamada.",
    now: "Tomarla ahora",
  },
  hint: {
    label: "Indicación para el asistente, que quien llama no oye",
    verb: "Dar indicación",
    required: "Escriba lo que debe saber el asistente.",
    told: "El asistente la seguirá en lo próximo que diga.",
  },
  board: {
    title: "Panel",
    line: "En línea",
    queues: "En las colas",
    live: "Llamadas en curso",
    assistant: "Con el asistente",
    people: "Con agentes",
    waiting: "En espera",
    longest: "Espera más larga",
    open: "Abra una llamada para escuchar, susurrar, intervenir, tomarla o dar una indicación a su asistente.",
  },
};

export default words;
