// Words of the widget's button: Portuguese.
import type { Words } from "./en";

const words: Words = {
  talk: "Fale conosco",
  inCall: (label) => `${label}: você está em uma chamada`,
  unreachable: "Não foi possível abrir a chamada. Verifique sua conexão e carregue a página de novo.",
};
export default words;
