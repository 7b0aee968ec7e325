// Words of forms: Portuguese.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Outra pessoa mudou isto enquanto isso.",
  merged: "As mudanças dela estão no formulário, e o que você escreveu fica.",
  both: (names) => `Vocês dois mudaram ${names}: aqui fica o seu e, ao salvar, ele substitui o da outra pessoa.`,
  takeTheirs: "Usar a outra versão",
};
export default words;
