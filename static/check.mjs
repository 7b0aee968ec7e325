// Checks the sources of the pages: `node check.mjs [FILE]`. It finds type errors, user-visible texts in the code that should be in a catalogue, and
// texts in the catalogues that no page uses. It prints each with its place, and fails if there are any. User-visible texts are in
// `words/{en,de,es,pt}.ts` (src/app/language.ts says how).
//
// FILE, if given, records which sources passed. The same sources then pass at once the next time, because the check takes half a minute of CPU.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { unusedWords } from "./words-unused.mjs";

/** Folders whose English texts are still in the code. Remove a folder from the list once its texts have moved. */
const NOT_YET = [];
/** Files whose sentences go to a model, not to people. */
const TO_A_MODEL = ["src/studio/bands.ts"];
/** Properties in an object of texts that hold a code. */
const CODE = /^(icon|tone)$/;
/** Names that are printed on a key of every keyboard. */
const KEY = /^(Enter|Shift\+[A-Z])$/;
/** Attributes that people read or hear. */
const READ = /^(aria-label|aria-roledescription|aria-valuetext|title|placeholder|alt|label|hint|text|verb|no|add|none|unit|message|help|caption)$/;
/** Functions whose texts people read. */
const TOLD = new Set(["tell", "Problem", "NoMicrophone", "confirm", "alert", "sentence", "setError", "mark"]);
/** Objects whose values are texts, recognized by the variable's name: `const outcomeWords = { done: "done" }`. */
const HOLDS_WORDS = /(Words|words|names|titles|labels|outcomes)$/;
/** Properties that people read, in objects that carry texts: `{ name: "Hold music", heard: "Playing" }`. */
const SAID = /^(title|label|hint|text|verb|heard|told|words|message|detail|help|name)$/;
/** Functions that return texts: `function outcomeInWords()`. */
const ANSWERS_WORDS = /(InWords|Words)$/;
/** A sentence, or the beginning of one: a capital, then more words. */
const isSentence = (text) => /^\p{Lu}\p{Ll}*[’']?\p{Ll}* \p{L}/u.test(text);

/** Units are the same in every language. */
const hasWords = (text) => !KEY.test(text) && /\p{L}{2,}/u.test(text.replace(/\b(ms|Hz|kHz)\b/g, ""));
const found = [];

/** Everything that the result depends on: the sources, the tools that check them, and the packages. */
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

/** All sources as the compiler understands them. Computed once, because it takes most of the time. */
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

/** The texts of an expression: both branches of a conditional, the fixed parts of a template. */
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

/** The named function that contains a return statement. */
function functionOf(node) {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isFunctionDeclaration(at) || ts.isMethodDeclaration(at)) return at.name?.getText() ?? "";
    if (ts.isArrowFunction(at) || ts.isFunctionExpression(at)) return ts.isVariableDeclaration(at.parent) ? at.parent.name.getText() : "";
  }
  return "";
}

/** The name of the variable or property that holds an object; empty if it has none. */
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
  console.error(`${new Set(found).size} texts are outside the catalogues: move each into words/en.ts next to it, and into the other languages.`);
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
  console.error(`${unused.length} texts in the catalogues are used by no page: remove each from all four languages.`);
  process.exitCode = 1;
}
if (noted && !process.exitCode) writeFileSync(noted, now);
