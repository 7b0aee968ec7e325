// Words of the first run: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Configurar",
  heading: "Su centralita en tres cables",
  lead: "Una cuenta, una voz y a hablar. La línea de teléfono puede venir después.",
  step: (n) => `Primer inicio, paso ${n} de 3`,
  other: "Otras formas",
  withoutToken: "Registrarse sin token de instalación",
  done: "Hecho",
  account: { title: "Su cuenta", owner: (email) => `${email}, propietario` },
  engine: {
    title: "Voz",
    demo: "Voz de prueba",
    demoText: "Funciona en este equipo. Gratis, algo rígida, solo en inglés.",
    demoChosen: "Voz de prueba, sin clave",
    openai: "OpenAI Realtime",
    openaiText: "Una clave. Entiende y habla bien todos los idiomas.",
    openaiChosen: (ms) => `OpenAI Realtime, clave comprobada en ${ms}`,
    openaiKept: "OpenAI Realtime, con la clave guardada",
    usualText: "Ya está configurado en este servidor.",
    key: "Clave API de OpenAI",
    keyHint: "Se comprueba en cuanto la pega, se guarda cifrada y no se vuelve a mostrar.",
    checking: "Preguntando a OpenAI…",
    faults: {
      no_secret: "Pegue la clave completa.",
      unauthorized: "OpenAI no acepta esta clave. Cópiela de nuevo.",
      not_found: "Nada responde en esta dirección.",
      rate_limited: "OpenAI acepta la clave, pero no le queda cuota. Revise la facturación.",
      refused: "OpenAI rechaza esta clave.",
      failing: "OpenAI tiene un problema en este momento. Inténtelo otra vez o empiece con la voz de prueba.",
      address_refused: "Este servidor no puede conectarse a esta dirección.",
      unreachable: "No se puede contactar con OpenAI desde este servidor. Revise el cortafuegos o empiece con la voz de prueba.",
      timed_out: "OpenAI no respondió a tiempo. Inténtelo otra vez o empiece con la voz de prueba.",
    },
  },
  talk: {
    title: "Hable ahora",
    hint: "Usted es quien llama. Interrúmpalo, y se detiene.",
    before: "El navegador pide el micrófono. Nadie más le oye.",
    start: "Hablar ahora",
    again: "Hablar otra vez",
    insecure: "Esta dirección no es https ni localhost, así que los navegadores bloquean el micrófono. Ábrala por https o en el propio servidor.",
  },
  line: {
    title: "Conectar una línea",
    whenever: "cuando quiera",
    text: "Asterisk, FreeSWITCH o Twilio. Recibe las líneas para pegar y ve cuándo llega la primera llamada.",
    act: "Conectar una línea",
  },
  end: { text: "Todo esto se puede cambiar después.", act: "Abrir Cordboard" },
};
export default words;
