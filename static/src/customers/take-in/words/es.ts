// Words of the import of customers: Spanish.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const rows = (n: number) => `${number(n)} ${plural(n, { one: "fila", other: "filas" })}`;

const words: Words = {
  title: "Clientes de un archivo",
  text: "Un archivo CSV de una hoja de cálculo o de una libreta de direcciones, con los nombres de las columnas en la primera fila, y como máximo 20.000 filas y 8 MB. Quien llama se reconoce por su número: un cliente que ya tiene un número de una fila no se añade otra vez.",
  file: "Archivo",
  fileHint: "También puede arrastrar un archivo hasta aquí.",
  tooLarge: "El archivo ocupa más de 8 MB. Divídalo en varios.",
  countryCode: "Prefijo de país para los números sin él",
  countryCodeHint: "Cifras, como 34. Vacío: esos números se rechazan.",
  existing: "Clientes que ya existen",
  existingHint: "Los números y las etiquetas solo se añaden, y las celdas vacías no cambian nada.",
  complete: "Completar lo que está vacío",
  overwrite: "El archivo sobrescribe",
  columns: "Columnas",
  column: "Columna",
  examples: "Ejemplos",
  has: "Contiene",
  columnHas: (name) => `Contenido de la columna ${name}`,
  fields: {
    skip: "No importar",
    name: "Nombre completo",
    first_name: "Nombre",
    last_name: "Apellidos",
    company: "Empresa",
    phone: "Teléfono",
    email: "Correo",
    address: "Dirección",
    language: "Idioma",
    tags: "Etiquetas",
    notes: "Notas",
    sms_opted_out: "Sin SMS",
    do_not_call: "No llamar",
  },
  looking: "Comprobando el archivo…",
  found: (created, changed, unchanged) => `${number(created)} nuevos, ${number(changed)} con cambios, ${number(unchanged)} sin cambios.`,
  noNews: "No hay nada que importar.",
  doNotCall: (n) => `${rows(n)} con números para la lista de exclusión.`,
  recoded: (encoding) => `El archivo se leyó como ${encoding}. Compruebe abajo si letras como é y ñ están bien.`,
  taking: "Importando…",
  goesOn: "Puede cerrar esta ventana. La importación continúa sola.",
  taken: (created, changed, refused) =>
    `${number(created)} añadidos, ${number(changed)} cambiados${refused > 0 ? `, ${rows(refused)} ${plural(refused, { one: "rechazada", other: "rechazadas" })}` : ""}.`,
  correct: "Descargue las filas rechazadas, corríjalas e impórtelas otra vez.",
  saveRefused: (n) => `Descargar ${n}`,
  refusedName: "clientes-rechazados.csv",
  takeInAll: (n) => `Importar ${n}`,
  errors: "Errores",
  errorsHint: "Estas filas se omiten.",
  row: "Fila",
  reason: "Motivo",
  firsts: "Primeras filas",
};
export default words;
