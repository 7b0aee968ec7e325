// Words that the pages about people share: Spanish.
import type { Words } from "./en";

const words: Words = {
  nobody: "Nadie todavía",
  somebody: "Alguien",
  unnamed: "Sin nombre",
  assistant: "Asistente",
  byHand: "A mano",
  onTheLine: "Ahora en línea",
  deleted: "Esto se ha eliminado. Ya no se pueden guardar cambios.",
  story: {
    name: "Historial",
    none: "Todavía nada. Aquí aparecen en orden las llamadas, los SMS, las citas y las tareas.",
    callFrom: "Llamada recibida",
    callTo: "Llamada realizada",
    textFrom: "SMS recibido",
    textTo: "SMS enviado",
    textFailed: "Un SMS no llegó",
    booked: "Cita",
    held: "Cita reservada sin confirmar",
    lapsed: "Reserva caducada",
    calledOff: "Cita cancelada",
    todo: "Tarea",
    todoDone: "Tarea hecha",
    event: "Nota",
    message: "Dejó un mensaje",
    lead: "Oportunidad",
  },
};
export default words;
