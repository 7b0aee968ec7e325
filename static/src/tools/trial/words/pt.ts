// Words of trying a tool: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "Testar",
  hint: "A requisição é enviada como em uma chamada, com a versão salva da ferramenta. Se ela altera algo no seu sistema, altera de verdade.",
  unsaved: "Salve antes as suas alterações: o teste usa a versão salva.",
  json: "Argumentos em JSON",
  jsonHint: "Um objeto com os valores que o assistente enviaria.",
  badJson: "Isto não é um objeto JSON.",
  needed: "obrigatório",
  send: "Enviar a requisição",
  show: "Só mostrar",
  sending: "Esperando o serviço…",
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
  told: "O que o assistente recebe",
  yes: "Sim",
  no: "Não",
  leave: "Deixar de fora",
};
export default words;
