// Words of trying a tool: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "Experimentar",
  hint: "A requisição é feita como em uma chamada, com a ferramenta como está salva. Se o serviço altera algo, altera aqui também.",
  unsaved: "Salve antes as suas alterações: o que se experimenta é o que está salvo.",
  json: "Argumentos em JSON",
  jsonHint: "Um objeto com o que o assistente passaria.",
  badJson: "Isto não é um objeto JSON.",
  needed: "necessário",
  send: "Enviar a requisição",
  show: "Só mostrar",
  sending: "Consultando o serviço…",
  outcome: {
    shown: "Assim seria enviada",
    done: "Respondeu",
    refused: "Nada foi enviado",
    failed: "Falhou",
    timed_out: "Sem resposta a tempo",
  },
  took: (ms) => `${ms} ms`,
  request: "A requisição, como é enviada",
  answer: "A resposta",
  cut: "O resto foi cortado, também para o assistente.",
  empty: "(nada)",
  told: "O que o assistente fica sabendo",
  yes: "Sim",
  no: "Não",
  leave: "Deixar de fora",
};
export default words;
