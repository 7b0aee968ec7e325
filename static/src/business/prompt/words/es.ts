// Words of what an assistant is told of the business: Spanish.
import type { Words } from "./en";

const words: Words = {
  title: "Lo que sabe el asistente",
  show: "Mostrar lo que sabe el asistente",
  hide: "Ocultar",
  hint: "El servidor lo compone con lo que usted ha escrito, tal como lo recibe una llamada. Los cambios sin guardar están marcados.",
  of: (name) => `Tal como lo recibe ${name}`,
  chars: (n) => `${n} caracteres`,
  wrong: "Se actualizará cuando se corrija esto:",
  failed: "No se puede mostrar en este momento.",
  sections: {
    rules: "Reglas",
    who: "Quién es",
    style: "Cómo habla",
    now: "Ahora",
    business: "La empresa",
    telephone: "Al teléfono",
  },
};
export default words;
