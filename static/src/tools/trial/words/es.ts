// Words of trying a tool: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Probar",
  hint: "La petición se hace como en una llamada, con la herramienta tal como está guardada. Si el servicio cambia algo, lo cambia también aquí.",
  unsaved: "Guarde antes sus cambios: se prueba lo que está guardado.",
  json: "Argumentos en JSON",
  jsonHint: "Un objeto con lo que pasaría el asistente.",
  badJson: "Esto no es un objeto JSON.",
  needed: "necesario",
  send: "Enviar la petición",
  show: "Solo mostrarla",
  sending: "Se está consultando el servicio…",
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
  told: "Lo que se le dice al asistente",
  yes: "Sí",
  no: "No",
  leave: "Omitir",
};
export default words;
