// Words of sound in the page: Portuguese.
import type { Words } from "./en";

const words: Words = {
  insecure:
    "Seu navegador só dá o microfone a páginas seguras. Abra esta página por um endereço que comece com https://, ou na própria máquina como localhost.",
  blocked: "O microfone está bloqueado para esta página. Permita-o pelo símbolo ao lado do endereço e tente de novo.",
  none: "Nenhum microfone foi encontrado. Conecte um e tente de novo.",
  taken: "Outro programa está usando o microfone. Feche-o e tente de novo.",
  unusable: (reason) => `O microfone não pode ser usado: ${reason}. Verifique-o e tente de novo.`,
  microphone: (n) => `Microfone ${n}`,
  broken: "A conexão com o servidor caiu e não pôde ser refeita.",
  notLetIn: "O seu acesso a esta chamada não é mais válido. Comece outra vez.",
};
export default words;
