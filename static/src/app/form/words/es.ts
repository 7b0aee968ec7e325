// Words of forms: Spanish.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Otra persona lo ha cambiado mientras tanto.",
  merged: "Sus cambios están en el formulario, y lo que usted ha escrito se conserva.",
  both: (names) => `Ambos han cambiado ${names}: aquí queda lo suyo y, al guardar, sustituye a lo de la otra persona.`,
  takeTheirs: "Tomar la otra versión",
};
export default words;
