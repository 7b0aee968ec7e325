// Words of the palette: Portuguese.
import type { Words } from "./en";

const words: Words = {
  name: "Buscar",
  placeholder: "Uma página, um nome, um número…",
  esc: "Esc",
  unnamed: "Sem nome",
  nothing: (query) => `Nenhum resultado para “${query}”.`,
  found: (n, things) => `${n} ${things}. Escolha com as setas e abra com Enter.`,
  things: { one: "resultado", other: "resultados" },
  kinds: {
    pages: "Páginas",
    customers: "Clientes",
    leads: "Oportunidades",
    calls: "Chamadas",
    phone_numbers: "Números",
    agents: "Pessoas",
    profiles: "Assistentes",
    settings: "Configurações",
  },
  parts: {
    doNotCall: "Lista de bloqueio",
    agents: "Como os agentes atendem",
    queues: "Filas",
    codes: "Códigos de encerramento",
    reasons: "Motivos de ausência",
    numbers: "Números de telefone",
    keys: "Teclas que quem liga pressiona",
    extensions: "Ramais",
    dialling: "Regras de discagem",
  },
  settings: {
    organization: "Nome da organização",
    recording: "Gravação e aviso",
    notices: "Avisos",
    look: "Tema: claro ou escuro",
    density: "Linhas: amplas ou compactas",
    language: "Idioma",
    keys: "Atalhos de teclado",
    sound: "Microfone e som",
  },
};
export default words;
