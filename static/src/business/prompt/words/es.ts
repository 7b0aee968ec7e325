// Words of what an assistant is told of the business: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Lo que sabe el asistente",
  show: "Mostrar lo que sabe el asistente",
  hide: "Ocultar",
  hint: "Lo hace el servidor con lo que usted ha escrito, tal como lo recibe una llamada. Lo que aún no está guardado aparece marcado.",
  of: (name) => `Tal como lo recibe ${name}`,
  chars: (n) => `${n} caracteres`,
  wrong: "Se actualizará cuando esto sea correcto:",
  failed: "No se puede crear en este momento.",
  sections: {
    rules: "Reglas",
    who: "Quién es",
    style: "Cómo habla",
    now: "Ahora",
    business: "La empresa",
  },
};
export default words;
