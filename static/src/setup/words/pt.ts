// Words of the first run: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "Configurar",
  heading: "A sua central em três cabos",
  lead: "Uma conta, uma voz e pronto para falar. A linha telefônica pode vir depois.",
  step: (n) => `Primeiro início, passo ${n} de 3`,
  other: "Outras formas",
  withoutToken: "Registrar-se sem token de instalação",
  done: "Feito",
  account: { title: "A sua conta", owner: (email) => `${email}, proprietário` },
  engine: {
    title: "Voz",
    demo: "Voz de demonstração",
    demoText: "Roda nesta máquina. Grátis, um pouco dura, só em inglês.",
    demoChosen: "Voz de demonstração, sem chave",
    openai: "OpenAI Realtime",
    openaiText: "Uma chave. Entende e fala bem todos os idiomas.",
    openaiChosen: (ms) => `OpenAI Realtime, a chave foi confirmada em ${ms}`,
    openaiKept: "OpenAI Realtime, com a chave guardada",
    usualText: "Já está configurada neste servidor.",
    key: "Chave de API da OpenAI",
    keyHint: "Ela é verificada assim que você cola, guardada cifrada e nunca mais mostrada.",
    checking: "Perguntando à OpenAI…",
    faults: {
      no_secret: "Cole a chave inteira.",
      unauthorized: "A OpenAI não conhece esta chave. Copie de novo.",
      not_found: "Não há nada nesse endereço.",
      rate_limited: "A OpenAI conhece a chave, mas não há mais cota. Veja a cobrança.",
      refused: "A OpenAI recusa esta chave.",
      failing: "A OpenAI está falhando agora. Tente de novo ou comece com a voz de demonstração.",
      address_refused: "Não é permitido perguntar a esse endereço.",
      unreachable: "Não se alcança a OpenAI deste servidor. Veja o firewall ou comece com a voz de demonstração.",
      timed_out: "A OpenAI não respondeu a tempo. Tente de novo ou comece com a voz de demonstração.",
    },
  },
  talk: {
    title: "Fale agora",
    hint: "Você é quem liga. Interrompa: ele para.",
    before: "O navegador pede o microfone. Ninguém mais ouve você.",
    start: "Falar agora",
    again: "Falar de novo",
    insecure: "Este endereço não é https nem localhost, então o navegador não libera o microfone. Abra como https ou no próprio servidor.",
  },
  line: {
    title: "Conectar uma linha",
    whenever: "quando quiser",
    text: "Asterisk, FreeSWITCH ou Twilio. As linhas para colar estão lá, e se espera a primeira chamada com você.",
    act: "Conectar uma linha",
  },
  end: { text: "Tudo aqui pode ser mudado depois.", act: "Abrir o Cordboard" },
};
export default words;
