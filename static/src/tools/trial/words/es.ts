// Words of trying a tool: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Probar",
  hint: "La petición se envía como en una llamada, con la versión guardada de la herramienta. Si cambia algo en su sistema, lo cambia de verdad.",
  unsaved: "Guarde antes sus cambios: se prueba la versión guardada.",
  json: "Argumentos en JSON",
  jsonHint: "Un objeto con los valores que enviaría el asistente.",
  badJson: "Esto no es un objeto JSON.",
  needed: "obligatorio",
  send: "Enviar la petición",
  show: "Solo mostrarla",
  sending: "Esperando al servicio…",
  outcome: {
    shown: "Así se enviaría",
    done: "Ha respondido",
    refused: "No se envió nada",
    failed: "Ha fallado",
    timed_out: "Sin respuesta a tiempo",
  },
  took: (ms) => `${ms} ms`,
  request: "La petición, tal como se envía",
  answer: "La respuesta",
  cut: "El resto está cortado, también para el asistente.",
  empty: "(nada)",
  told: "Lo que recibe el asistente",
  yes: "Sí",
  no: "No",
  leave: "Omitir",
};
export default words;
