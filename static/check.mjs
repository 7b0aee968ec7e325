// Checks the sources of the pages: `node check.mjs [FILE]`. Finds what does not fit its types, words that are in the code and not in a
// catalogue, and words of the catalogues that no page says. Prints each with its place, and fails where there is one. Words of people are in `words/{en,de,es,pt}.ts` (src/app/language.ts says how).
// The file, where one is named, notes which sources nothing was found in: the same ones are looked at once, for that takes half a minute of CPU.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { unusedWords } from "./words-unused.mjs";

/** Folders whose words are English and in the code still. A folder that has moved is taken off. */
const NOT_YET = [];
/** Files whose sentences are said to a model, not to people. */
const TO_A_MODEL = ["src/studio/bands.ts"];
/** Members of an object of words that hold a code. */
const CODE = /^(icon|tone)$/;
/** Names that are on a key of every keyboard. */
const KEY = /^(Enter|Shift\+[A-Z])$/;
/** Attributes that people read or hear. */
const READ = /^(aria-label|aria-roledescription|aria-valuetext|title|placeholder|alt|label|hint|text|verb|no|add|none|unit|message|help|caption)$/;
/** Functions whose texts people read. */
const TOLD = new Set(["tell", "Problem", "NoMicrophone", "confirm", "alert", "sentence", "setError", "mark"]);
/** Objects whose values are words, by the name of what holds them: `const outcomeWords = { done: "done" }`. */
const HOLDS_WORDS = /(Words|words|names|titles|labels|outcomes)$/;
/** Properties that people read, where objects carry words: `{ name: "Hold music", heard: "Playing" }`. */
const SAID = /^(title|label|hint|text|verb|heard|told|words|message|detail|help|name)$/;
/** Functions that answer in words: `function outcomeInWords()`. */
const ANSWERS_WORDS = /(InWords|Words)$/;
/** A sentence, or the beginning of one: a capital, then further words. */
const isSentence = (text) => /^\p{Lu}\p{Ll}*[’']?\p{Ll}* \p{L}/u.test(text);

/** Units are the same in every language. */
const hasWords = (text) => !KEY.test(text) && /\p{L}{2,}/u.test(text.replace(/\b(ms|Hz|kHz)\b/g, ""));
const found = [];

/** All that the outcome follows from: the sources, what looks at them, and the packages. */
function state() {
  const hash = createHash("sha256").update(process.version);
  const sources = readdirSync("src", { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = sources.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
  for (const path of [...paths, "check.mjs", "words-unused.mjs", "tsconfig.json", "package-lock.json"]) {
    hash.update(`\0${path}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
const [, , noted] = process.argv;
const now = noted && state();
if (noted && existsSync(noted) && readFileSync(noted, "utf8") === now) process.exit(0);

/** All sources as the compiler understands them: once, for that is most of the time. */
function compiled() {
  const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname("tsconfig.json"));
  return ts.createProgram(fileNames, options);
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "words" && !NOT_YET.includes(path.slice("src/".length))) yield* files(path);
    } else if (/\.tsx?$/.test(entry.name) && !TO_A_MODEL.includes(path)) yield path;
  }
}

/** The texts of an expression: of a choice both, of a template its fixed parts. */
function texts(node) {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node)) return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)];
  if (ts.isConditionalExpression(node)) return [...texts(node.whenTrue), ...texts(node.whenFalse)];
  if (ts.isParenthesizedExpression(node)) return texts(node.expression);
  if (ts.isBinaryExpression(node)) {
    const joins = [ts.SyntaxKind.PlusToken, ts.SyntaxKind.BarBarToken, ts.SyntaxKind.QuestionQuestionToken];
    if (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return texts(node.right);
    return joins.includes(node.operatorToken.kind) ? [...texts(node.left), ...texts(node.right)] : [];
  }
  return [];
}

/** The named function that an answer is given in. */
function functionOf(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) return at.name?.getText() ?? "";
    if (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) return ts.isVariableDeclaration(at.parent) ? at.parent.name.getText() : "";
  }
  return "";
}

/** Name of the variable, or the like, that holds an object; empty where it has none. */
function holderOf(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isVariableDeclaration(at)) return at.name.getText();
    if (!ts.isObjectLiteralExpression(at) && !ts.isPropertyAssignment(at) && !ts.isAsExpression(at) && !ts.isSatisfiesExpression(at)) return "";
  }
  return "";
}

for (const path of files("src")) {
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const tell = (node, text) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path}:${line + 1}: ${text.trim()}`);
  };
  const look = (node) => {
    if (ts.isJsxText(node) && hasWords(node.text) && node.text.trim() !== "Cordboard") tell(node, node.text);
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) {
      for (const text of texts(node.expression).filter(hasWords)) tell(node, text);
    }
    if (ts.isJsxAttribute(node) && READ.test(node.name.getText()) && node.initializer) {
      const value = ts.isJsxExpression(node.initializer) ? node.initializer.expression : node.initializer;
      for (const text of (value ? texts(value) : []).filter(hasWords)) tell(node, text);
    }
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && TOLD.has(node.expression.getText())) {
      for (const text of (node.arguments ?? []).flatMap(texts).filter((text) => / /.test(text) && hasWords(text))) tell(node, text);
    }
    if (ts.isPropertyAssignment(node) && !CODE.test(node.name.getText())) {
      const said = texts(node.initializer).filter(hasWords);
      const isHeld = HOLDS_WORDS.test(holderOf(node));
      const isSaid = SAID.test(node.name.getText());
      for (const text of said.filter((text) => isHeld || (isSaid && /^\p{Lu}\p{Ll}/u.test(text)))) tell(node, text);
    }
    if (ts.isReturnStatement(node) && node.expression && ANSWERS_WORDS.test(functionOf(node))) {
      for (const text of texts(node.expression).filter((text) => hasWords(text))) tell(node, text);
    }
    const isText = ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.TemplateHead;
    if (isText && isSentence(node.text) && !ts.isLiteralTypeNode(node.parent) && !ts.isJsxAttribute(node.parent)) tell(node, node.text);
    ts.forEachChild(node, look);
  };
  look(source);
}
for (const place of new Set(found)) console.log(place);
if (found.length > 0) {
  console.error(`${new Set(found).size} texts stand outside the catalogues: move each into words/en.ts beside it, and into the other languages.`);
  process.exitCode = 1;
}
const program = compiled();
const faults = ts.getPreEmitDiagnostics(program);
if (faults.length > 0) {
  const host = { getCurrentDirectory: () => ".", getCanonicalFileName: (name) => name, getNewLine: () => "\n" };
  console.error(ts.formatDiagnostics(faults, host));
  process.exitCode = 1;
}
const unused = unusedWords(program);
for (const place of unused) console.log(place);
if (unused.length > 0) {
  console.error(`${unused.length} words stand in catalogues and no page says them: take each out of all four languages.`);
  process.exitCode = 1;
}
if (noted && !process.exitCode) writeFileSync(noted, now);
