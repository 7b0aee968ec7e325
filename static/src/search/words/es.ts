// Words of the palette: Spanish.
import type { Words } from "./en";

const words: Words = {
  name: "Buscar",
  placeholder: "Una página, un nombre, un número…",
  esc: "Esc",
  unnamed: "Sin nombre",
  nothing: (query) => `Sin resultados para «${query}».`,
  found: (n, things) => `${n} ${things}. Elija con las flechas y abra con Intro.`,
  things: { one: "resultado", other: "resultados" },
  kinds: {
    pages: "Páginas",
    customers: "Clientes",
    leads: "Oportunidades",
    calls: "Llamadas",
    phone_numbers: "Números",
    agents: "Personas",
    profiles: "Asistentes",
    settings: "Ajustes",
  },
  parts: {
    doNotCall: "Lista de exclusión",
    agents: "Cómo atienden los agentes",
    queues: "Colas",
    codes: "Códigos de cierre",
    reasons: "Motivos de ausencia",
    numbers: "Números de teléfono",
    keys: "Teclas que pulsan quienes llaman",
    extensions: "Extensiones",
    dialling: "Reglas de marcación",
  },
  settings: {
    organization: "Nombre de la organización",
    recording: "Grabación y aviso",
    notices: "Avisos",
    look: "Tema: claro u oscuro",
    density: "Filas: amplias o compactas",
    language: "Idioma",
    keys: "Atajos de teclado",
    sound: "Micrófono y sonido",
  },
};
export default words;
