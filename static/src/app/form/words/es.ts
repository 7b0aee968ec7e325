// Words of forms: Spanish.
import type { Words } from "./en";

const words: Words = {
  meanwhile: "Otra persona lo ha cambiado mientras tanto.",
  merged: "Sus cambios están en el formulario, y los de usted se conservan.",
  both: (names) => `Ambos han cambiado ${names}. Se muestra su versión; al guardar, sustituye a la otra.`,
  takeTheirs: "Usar la otra versión",
  incomplete: "está incompleto o no se puede leer",
  years: "debe estar entre los años 1970 y 2200",
};
export default words;
