// Finds words that stand in the code of the pages and not in a catalogue: `node words.mjs`. Prints each with its place, and fails where there is
// one. Words of people stand in `words/{en,de,es,pt}.ts` (src/app/language.ts says how).
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** Folders whose words are English and in the code still: issue 26. A folder that has moved is taken off. */
const NOT_YET = ["api", "audio", "call", "calls", "entrance", "links", "system", "talk"];
/** Attributes that people read or hear. */
const READ = /^(aria-label|aria-roledescription|aria-valuetext|title|placeholder|alt|label|hint|text|verb|no|add|none|unit|message|help|caption)$/;
/** Functions whose texts people read. */
const TOLD = new Set(["tell", "Problem", "confirm", "alert"]);

const hasWords = (text) => /\p{L}{2,}/u.test(text);
const found = [];

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== "words" && !NOT_YET.includes(path.slice("src/".length))) yield* files(path);
    } else if (/\.tsx?$/.test(entry.name)) yield path;
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
    ts.forEachChild(node, look);
  };
  look(source);
}
for (const place of found) console.log(place);
if (found.length > 0) {
  console.error(`${found.length} texts stand outside the catalogues: move each into words/en.ts beside it, and into the other languages.`);
  process.exit(1);
}
