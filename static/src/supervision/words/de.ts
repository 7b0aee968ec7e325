// Words of supervision: German.
import type { Words } from "./en";

const words: Words = {
  title: "Begleiten",
  ways: "Wie Sie dabei sind",
  modes: { listen: "Mithören", whisper: "Einflüstern", barge: "Mitsprechen" },
  does: {
    listen: "Sie hören mit; niemand hört Sie",
    whisper: "Der Agent hört Sie, der Anrufer nicht",
    barge: "Anrufer und Agent hören Sie",
  },
  stands: { off: "Sie hören diesen Anruf nicht", connecting: "Wird verbunden …", live: "Live", reconnecting: "Wird neu verbunden …" },
  leave: "Beenden",
  shown: "Der Agent sieht, wer mithört. Alles, was Sie hier tun, steht in der Zeitleiste des Anrufs.",
  takeOver: {
    verb: "Übernehmen",
    ask: "Diesen Anruf übernehmen?",
    text: "Sie haben den Anrufer an Ihrem Platz; der Assistent oder der Agent verlässt den Anruf.",
    now: "Jetzt übernehmen",
  },
  hint: {
    label: "Hinweis für den Assistenten, den der Anrufer nicht hört",
    verb: "Hinweis geben",
    required: "Schreiben Sie, was der Assistent wissen soll.",
    told: "Der Assistent richtet sich danach, wenn er das nächste Mal spricht.",
  },
  board: {
    title: "Leitstand",
    line: "In der Leitung",
    queues: "In den Warteschlangen",
    live: "Laufende Anrufe",
    assistant: "Beim Assistenten",
    people: "Bei Agenten",
    waiting: "Wartende",
    longest: "Längste Wartezeit",
    open: "Öffnen Sie einen Anruf, um mitzuhören, einzuflüstern, mitzusprechen, ihn zu übernehmen oder dem Assistenten einen Hinweis zu geben.",
  },
};

export default words;
