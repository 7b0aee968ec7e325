// Words that the pages about people share: Portuguese.
import type { Words } from "./en";

const words: Words = {
  nobody: "Ninguém ainda",
  somebody: "Alguém",
  unnamed: "Sem nome",
  assistant: "Assistente",
  byHand: "À mão",
  onTheLine: "Na linha agora",
  deleted: "Isto foi excluído. Já não é possível salvar mudanças.",
  story: {
    name: "Histórico",
    none: "Nada ainda. Chamadas, SMS, compromissos e tarefas aparecem aqui em ordem.",
    callFrom: "Chamada recebida",
    callTo: "Chamada feita",
    textFrom: "SMS recebido",
    textTo: "SMS enviado",
    textFailed: "Um SMS não chegou",
    booked: "Compromisso",
    held: "Compromisso reservado",
    lapsed: "Reserva expirada",
    calledOff: "Compromisso cancelado",
    todo: "Tarefa",
    todoDone: "Tarefa concluída",
    event: "Nota",
    message: "Deixou uma mensagem",
    lead: "Oportunidade",
  },
};
export default words;
