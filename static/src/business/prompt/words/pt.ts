// Words of what an assistant is told of the business: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "O que o assistente fica sabendo",
  show: "Mostrar o que o assistente fica sabendo",
  hide: "Ocultar",
  hint: "Feito pelo servidor com o que você escreveu, como uma chamada o recebe. O que ainda não foi salvo aparece marcado.",
  of: (name) => `Como ${name} o recebe`,
  chars: (n) => `${n} caracteres`,
  wrong: "Volta a acompanhar quando isto estiver certo:",
  failed: "Não é possível criar neste momento.",
  sections: {
    rules: "Regras",
    who: "Quem é",
    style: "Como fala",
    now: "Agora",
    business: "A empresa",
  },
};
export default words;
