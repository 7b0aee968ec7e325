// Words of forms: Portuguese.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Outra pessoa mudou isto enquanto isso.",
  merged: "As mudanças dela estão no formulário, e as suas são mantidas.",
  both: (names) => `Vocês dois mudaram ${names}. A sua versão é mostrada; ao salvar, ela substitui a outra.`,
  takeTheirs: "Usar a outra versão",
  incomplete: "está incompleto ou não pode ser lido",
  years: "precisa estar entre os anos 1970 e 2200",
};
export default words;
