// Palavras sobre o assunto das chamadas: português.
import { plural } from "../../app/language";
import type { Words } from "./en";

const words: Words = {
  title: "Do que tratou a chamada",
  pending: "Disponível quando a chamada terminar.",
  topics: "Temas",
  by: { model: "Encontrado pelo modelo.", rules: "Encontrado por palavras-chave, sem modelo." },
  notJudged: {
    other_region: "O que se diz tem de ficar em uma região, e não se sabe que o modelo avaliador o guarda lá.",
    daily_cap: "As chamadas desse dia atingiram o limite de custo: não se consultou o modelo avaliador.",
  },
  yes: "Sim",
  no: "Não",
  value: (profile, field, value) => `${profile}, ${field}: ${value}`,
  form: {
    title: "Do que tratam as chamadas",
    none: "Sem temas nem campos",
    count: (topics, fields) =>
      `${topics} ${plural(topics, { one: "tema", other: "temas" })}, ${fields} ${plural(fields, { one: "campo", other: "campos" })}`,
    hint: "Quando uma chamada termina, estes temas e campos são procurados no que foi dito: pelo modelo avaliador, se o servidor tiver um; se não, por palavras. Aparecem na página da chamada e são contados nos relatórios.",
    topics: "Temas",
    topicOf: (n) => `Tema ${n}`,
    addTopic: "Adicionar um tema",
    fields: "Campos",
    fieldsHint: "Um modelo responde à pergunta. Sem modelo, uma opção conta onde quem liga a diz; sim, não e números contam onde alguém fala do título.",
    fieldOf: (n) => `Campo ${n}`,
    addField: "Adicionar um campo",
    remove: (what) => `Remover ${what}`,
    label: "Título",
    name: "Nome em relatórios e respostas",
    words: "Palavras-chave, uma por linha",
    wordsHint: "Uma palavra seguida de * inclui também outras mais longas.",
    kind: "Tipo de valor",
    kinds: { choice: "um de vários", yes_no: "sim ou não", number: "um número", text: "algumas palavras" },
    choices: "Opções, uma por linha",
    question: "Pergunta",
  },
  trial: {
    title: "Experimentar em uma chamada",
    hint: "Mostra o que o rascunho encontraria em uma chamada encerrada. Nada disso se guarda; o que um modelo custa conta nessa chamada.",
    call: "Id da chamada (vazio: a última)",
    begin: "Experimentar na última chamada",
    beginOn: "Experimentar nesta chamada",
    nothing: "Nenhum resultado.",
    of: "Chamada de",
    cost: (money) => `Custou ${money}.`,
    noCall: "Ainda não há nenhuma chamada encerrada com este assistente.",
    noSuchCall: "Essa chamada não existe.",
  },
  wrong: {
    many: (max) => `Pode haver no máximo ${max}.`,
    title: (n) => `O número ${n} precisa de um título.`,
    name: (title) => `“${title}” precisa de um nome de letras minúsculas, dígitos e _, com uma letra no início.`,
    twice: (name) => `O nome ${name} está aqui duas vezes.`,
    question: (title) => `“${title}” precisa de uma pergunta.`,
    choices: (title, max) => `“${title}” precisa de 2 a ${max} opções diferentes.`,
    words: (title, max) => `“${title}” precisa de 1 a ${max} palavras ou frases.`,
    word: (word, max) => `“${word}” precisa de uma letra ou de um dígito, e no máximo ${max} caracteres.`,
  },
};
export default words;
