// Words that the pages about the house share: Spanish.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  once: "Solo se muestra esta vez. Cópielo ahora y guárdelo donde solo usted pueda leerlo.",
  kept: "Ya lo he guardado",
  refresh: "Actualizar",
  delivered: "Entregado",
  failed: "Abandonado",
  waiting: "En curso",
  attempts: (n, count) => `${n} ${plural(count, { one: "intento", other: "intentos" })}`,
  next: "próximo intento",
  answered: (status) => `Respuesta ${status}`,
  noAnswer: "Sin respuesta",
  nothing: "No dijo nada más.",
  again: "Enviar de nuevo",
  againOf: (event) => `Enviar de nuevo: ${event}`,
  events: {
    "call.started": "Empieza una llamada",
    "call.ended": "Termina una llamada",
    "lead.created": "Una nueva oportunidad",
    "appointment.booked": "Se reserva una cita",
    "appointment.moved": "Se mueve una cita",
    "appointment.cancelled": "Se cancela una cita",
    "handoff.failed": "Nadie pudo atender",
    "recording.ready": "Hay una grabación lista",
    "alarm.raised": "Una regla ha dado la alarma",
    alarm: "Una regla ha dado la alarma",
    "webhook.test": "Una prueba",
    "campaign.email": "Un correo a alguien a quien llamó una campaña",
    new_lead: "Una nueva oportunidad",
    missed_call: "Una llamada perdida",
    failed_handoff: "Un traspaso fallido",
    webhook_off: "Se desactivó un webhook",
    figures_changed: "Cifras inusuales",
  },
};
export default words;
