// Palabras sobre el asunto de las llamadas: español.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  title: "De qué trató la llamada",
  pending: "Disponible cuando la llamada termine.",
  topics: "Temas",
  by: { model: "Encontrado por el modelo.", rules: "Encontrado por palabras clave, sin modelo." },
  notJudged: {
    other_region: "Lo que se dice debe quedar en una región, y no se sabe que el modelo evaluador lo guarde allí.",
    daily_cap: "Las llamadas de ese día han alcanzado su límite de coste: no se preguntó al modelo evaluador.",
  },
  yes: "Sí",
  no: "No",
  value: (profile, field, value) => `${profile}, ${field}: ${value}`,
  form: {
    title: "De qué tratan las llamadas",
    none: "Sin temas ni campos",
    count: (topics, fields) =>
      `${topics} ${plural(topics, { one: "tema", other: "temas" })}, ${fields} ${plural(fields, { one: "campo", other: "campos" })}`,
    hint: "Cuando una llamada ha terminado, se buscan estos temas y campos en lo que se dijo: con el modelo evaluador, si el servidor tiene uno; si no, por palabras. Aparecen en la página de la llamada y se cuentan en los informes.",
    topics: "Temas",
    topicOf: (n) => `Tema ${n}`,
    addTopic: "Añadir un tema",
    fields: "Campos",
    fieldsHint: "Un modelo responde a la pregunta. Sin modelo, una opción cuenta donde quien llama la dice; sí, no y los números cuentan donde alguien habla del título.",
    fieldOf: (n) => `Campo ${n}`,
    addField: "Añadir un campo",
    remove: (what) => `Quitar ${what}`,
    label: "Título",
    name: "Nombre en informes y respuestas",
    words: "Palabras clave, una por línea",
    wordsHint: "Una palabra seguida de * incluye también otras más largas.",
    kind: "Tipo de valor",
    kinds: { choice: "uno de varios", yes_no: "sí o no", number: "un número", text: "unas palabras" },
    choices: "Opciones, una por línea",
    question: "Pregunta",
  },
  trial: {
    title: "Probarlo con una llamada",
    hint: "Muestra qué encontraría el borrador en una llamada terminada. No se guarda nada; lo que cuesta un modelo se suma a esa llamada.",
    call: "Id de la llamada (vacío: la última)",
    begin: "Probar con la última llamada",
    beginOn: "Probar con esta llamada",
    nothing: "Sin resultados.",
    of: "Llamada del",
    cost: (money) => `Costó ${money}.`,
    noCall: "Aún no hay ninguna llamada terminada con este asistente.",
    noSuchCall: "No existe esa llamada.",
  },
  wrong: {
    many: (max) => `Puede haber como máximo ${max}.`,
    title: (n) => `El número ${n} necesita un título.`,
    name: (title) => `«${title}» necesita un nombre de letras minúsculas, cifras y _, con una letra al principio.`,
    twice: (name) => `El nombre ${name} está aquí dos veces.`,
    question: (title) => `«${title}» necesita una pregunta.`,
    choices: (title, max) => `«${title}» necesita de 2 a ${max} opciones distintas.`,
    words: (title, max) => `«${title}» necesita de 1 a ${max} palabras o frases.`,
    word: (word, max) => `«${word}» necesita una letra o una cifra, y como máximo ${max} caracteres.`,
  },
};
export default words;
