// Words of what an assistant is told of the business: Portuguese.
import type { Words } from "./en";

const words: Words = {
  title: "O que o assistente fica sabendo",
  show: "Mostrar o que o assistente fica sabendo",
  hide: "Ocultar",
  hint: "Montado pelo servidor com o que você informou, como uma chamada o recebe. Alterações não salvas estão marcadas.",
  of: (name) => `Como ${name} o recebe`,
  chars: (n) => `${n} caracteres`,
  wrong: "Será atualizado assim que isto for corrigido:",
  failed: "Não pode ser mostrado no momento.",
  sections: {
    rules: "Regras",
    who: "Quem é",
    style: "Como fala",
    now: "Agora",
    business: "A empresa",
    telephone: "Ao telefone",
  },
};
export default words;
