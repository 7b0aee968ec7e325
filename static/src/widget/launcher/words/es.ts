// Words of the widget's button: Spanish.
import type { Words } from "./en";

const words: Words = {
  talk: "Hable con nosotros",
  inCall: (label) => `${label}: está en una llamada`,
  unreachable: "No se pudo abrir la llamada. Compruebe su conexión y vuelva a cargar la página.",
};
export default words;
