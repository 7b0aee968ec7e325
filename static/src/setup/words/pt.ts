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
    openaiChosen: (ms) => `OpenAI Realtime, chave verificada em ${ms}`,
    openaiKept: "OpenAI Realtime, com a chave salva",
    usualText: "Já está configurado neste servidor.",
    key: "Chave de API da OpenAI",
    keyHint: "Verificada assim que você a cola, guardada criptografada e nunca mais mostrada.",
    checking: "Perguntando à OpenAI…",
    faults: {
      no_secret: "Cole a chave inteira.",
      unauthorized: "A OpenAI não aceita esta chave. Copie-a de novo.",
      not_found: "Nada responde neste endereço.",
      rate_limited: "A OpenAI aceita a chave, mas não há mais cota. Verifique a cobrança.",
      refused: "A OpenAI recusa esta chave.",
      failing: "A OpenAI está com um problema no momento. Tente de novo ou comece com a voz de demonstração.",
      address_refused: "Este servidor não pode se conectar a este endereço.",
      unreachable: "A OpenAI não está acessível deste servidor. Verifique o firewall ou comece com a voz de demonstração.",
      timed_out: "A OpenAI não respondeu a tempo. Tente de novo ou comece com a voz de demonstração.",
    },
  },
  talk: {
    title: "Fale agora",
    hint: "Você é quem liga. Interrompa, e ele para.",
    before: "O navegador pede o microfone. Ninguém mais ouve você.",
    start: "Falar agora",
    again: "Falar de novo",
    insecure: "Este endereço não é https nem localhost, então os navegadores bloqueiam o microfone. Abra por https ou no próprio servidor.",
  },
  line: {
    title: "Conectar uma linha",
    whenever: "quando quiser",
    text: "Asterisk, FreeSWITCH ou Twilio. Você recebe as linhas para colar e vê quando a primeira chamada chega.",
    act: "Conectar uma linha",
  },
  end: { text: "Tudo aqui pode ser mudado depois.", act: "Abrir o Cordboard" },
};
export default words;
