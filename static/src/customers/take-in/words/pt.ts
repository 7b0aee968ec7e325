// Words of the import of customers: Portuguese.
import { number, plural } from "../../../app/language";
import type { Words } from "./en";

const rows = (n: number) => `${number(n)} ${plural(n, { one: "linha", other: "linhas" })}`;

const words: Words = {
  title: "Clientes de um arquivo",
  text: "Um arquivo CSV de uma planilha ou de uma agenda de contatos, com os nomes das colunas na primeira linha, e no máximo 20.000 linhas e 8 MB. Quem liga é reconhecido pelo número: um cliente que já tem um número de uma linha não é adicionado de novo.",
  file: "Arquivo",
  fileHint: "Você também pode arrastar um arquivo até aqui.",
  tooLarge: "O arquivo tem mais de 8 MB. Divida-o em vários.",
  countryCode: "Código do país para números sem ele",
  countryCodeHint: "Dígitos, como 55. Vazio: esses números são recusados.",
  existing: "Clientes que já existem",
  existingHint: "Números e etiquetas são apenas acrescentados, e células vazias não mudam nada.",
  complete: "Preencher o que está vazio",
  overwrite: "O arquivo substitui",
  columns: "Colunas",
  column: "Coluna",
  examples: "Exemplos",
  has: "Contém",
  columnHas: (name) => `Conteúdo da coluna ${name}`,
  fields: {
    skip: "Não importar",
    name: "Nome completo",
    first_name: "Nome",
    last_name: "Sobrenome",
    company: "Empresa",
    phone: "Telefone",
    email: "E-mail",
    address: "Endereço",
    language: "Idioma",
    tags: "Etiquetas",
    notes: "Notas",
    sms_opted_out: "Sem SMS",
    do_not_call: "Não ligar",
  },
  looking: "Verificando o arquivo…",
  found: (created, changed, unchanged) => `${number(created)} novos, ${number(changed)} alterados, ${number(unchanged)} sem alteração.`,
  noNews: "Não há nada para importar.",
  doNotCall: (n) => `${rows(n)} com números para a lista de bloqueio.`,
  recoded: (encoding) => `O arquivo foi lido como ${encoding}. Verifique abaixo se letras como é e ç estão certas.`,
  taking: "Importando…",
  goesOn: "Você pode fechar esta janela. A importação continua sozinha.",
  taken: (created, changed, refused) =>
    `${number(created)} adicionados, ${number(changed)} alterados${refused > 0 ? `, ${rows(refused)} ${plural(refused, { one: "recusada", other: "recusadas" })}` : ""}.`,
  correct: "Baixe as linhas recusadas, corrija-as e importe-as de novo.",
  saveRefused: (n) => `Baixar ${n}`,
  refusedName: "clientes-recusados.csv",
  takeInAll: (n) => `Importar ${n}`,
  errors: "Erros",
  errorsHint: "Estas linhas são ignoradas.",
  row: "Linha",
  reason: "Motivo",
  firsts: "Primeiras linhas",
};
export default words;
