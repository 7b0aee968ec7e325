// Words of supervision: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "Supervisionar",
  ways: "Como participa",
  modes: { listen: "Ouvir", whisper: "Sussurrar", barge: "Intervir" },
  does: {
    listen: "Você ouve a chamada; ninguém ouve você",
    whisper: "O agente ouve você; quem liga, não",
    barge: "Quem liga e o agente ouvem você",
  },
  stands: { off: "Você não ouve esta chamada", connecting: "Conectando…", live: "Ao vivo", reconnecting: "Reconectando…" },
  leave: "Terminar",
  shown: "O agente vê quem ouve a chamada. Tudo o que você fizer aqui fica na linha do tempo.",
  takeOver: {
    verb: "Assumir",
    ask: "Assumir esta chamada?",
    text: "Você atende quem liga na sua mesa; o assistente ou o agente deixa a chamada.",
    now: "Assumir agora",
  },
  hint: {
    label: "Indicação para o assistente, que quem liga não ouve",
    verb: "Dar indicação",
    required: "Escreva o que o assistente deve saber.",
    told: "O assistente segue-a no que disser a seguir.",
  },
  board: {
    title: "Quadro",
    line: "Em linha",
    queues: "Nas filas",
    live: "Chamadas em curso",
    assistant: "Com o assistente",
    people: "Com agentes",
    waiting: "Em espera",
    longest: "Espera mais longa",
    open: "Abra uma chamada para ouvir, sussurrar, intervir, assumi-la ou dar uma indicação ao assistente.",
  },
};

export default words;
