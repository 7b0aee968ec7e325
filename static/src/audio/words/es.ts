// Words of sound in the page: Spanish.
import type { Words } from "./en";

const words: Words = {
  insecure:
    "Los navegadores solo permiten el micrófono en páginas seguras. Abra esta página con una dirección https://, o en el propio servidor como localhost.",
  blocked: "El micrófono está bloqueado para esta página. Permítalo con el símbolo junto a la dirección e inténtelo otra vez.",
  none: "No se encontró ningún micrófono. Conecte uno e inténtelo otra vez.",
  taken: "Otro programa usa el micrófono. Ciérrelo e inténtelo otra vez.",
  unusable: (reason) => `No se puede usar el micrófono: ${reason}. Revíselo e inténtelo otra vez.`,
  microphone: (n) => `Micrófono ${n}`,
  ended: "La llamada ha terminado.",
  broken: "La conexión con el servidor se perdió y no se pudo restablecer.",
  notLetIn: "Su acceso a esta llamada ha caducado. Empiece otra vez.",
};
export default words;
