// Words of sound in the page: Portuguese.
import type { Words } from "./en";

const words: Words = {
  insecure:
    "Os navegadores só permitem o microfone em páginas seguras. Abra esta página por um endereço https://, ou no próprio servidor como localhost.",
  blocked: "O microfone está bloqueado para esta página. Permita-o pelo símbolo ao lado do endereço e tente de novo.",
  none: "Nenhum microfone foi encontrado. Conecte um e tente de novo.",
  taken: "Outro programa está usando o microfone. Feche-o e tente de novo.",
  unusable: (reason) => `O microfone não pode ser usado: ${reason}. Verifique-o e tente de novo.`,
  microphone: (n) => `Microfone ${n}`,
  ended: "A chamada foi encerrada.",
  broken: "A conexão com o servidor foi perdida e não pôde ser restabelecida.",
  notLetIn: "O seu acesso a esta chamada expirou. Comece de novo.",
};
export default words;
