// Finds texts in the catalogues that no page uses: the compiler knows what each access refers to. For check.mjs.
import ts from "typescript";

/** The places of texts in the English catalogues that nothing in these sources refers to, as `file:line: name`. */
export function unusedWords(program) {
  const checker = program.getTypeChecker();
  const ours = program.getSourceFiles().filter(({ fileName }) => /(^|\/)src\//.test(fileName) && !fileName.includes("node_modules"));
  const isCatalogue = (file) => /\/words\/(.*\/)?en\.ts$/.test(file.fileName);
  const isOfWords = (file) => /\/words\/(.*\/)?(en|de|es|pt|index)\.ts$/.test(file.fileName);
  const used = new Set();

  /** The declarations of a name in a catalogue. */
  const inCatalogue = (symbol) => (symbol?.declarations ?? []).filter((one) => isCatalogue(one.getSourceFile()));
  const mark = (symbol) => inCatalogue(symbol).forEach((one) => used.add(one));
  /** Everything below: code that has the whole object may use any of it. */
  const markAll = (type, depth = 0) => {
    if (depth > 6) return;
    for (const part of type.isUnion() ? type.types : [type]) {
      for (const property of part.getProperties()) {
        const declared = inCatalogue(property);
        if (declared.length === 0) continue;
        mark(property);
        markAll(checker.getTypeOfSymbolAtLocation(property, declared[0]), depth + 1);
      }
    }
  };
  /** Whether an expression only leads to something within it. */
  const isWay = (node) => {
    const { parent } = node;
    if (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)) return parent.expression === node;
    if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent)) return isWay(parent);
    return ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name) && parent.name.elements.every((one) => !one.dotDotDotToken);
  };
  const look = (node) => {
    if (ts.isPropertyAccessExpression(node)) mark(checker.getSymbolAtLocation(node.name));
    if (ts.isElementAccessExpression(node)) {
      const type = checker.getTypeAtLocation(node.expression);
      if (ts.isStringLiteralLike(node.argumentExpression)) mark(type.getProperty(node.argumentExpression.text));
      else markAll(type);
    }
    if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name;
      if (ts.isIdentifier(name)) mark(checker.getTypeAtLocation(node.parent).getProperty(name.text));
    }
    const isName = node.parent && (node.parent.name === node || node.parent.propertyName === node);
    const isSaid = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || (ts.isIdentifier(node) && ts.isExpression(node) && !isName);
    if (isSaid && !isWay(node)) {
      markAll(checker.getTypeAtLocation(node));
    }
    ts.forEachChild(node, look);
  };
  for (const file of ours) if (!isOfWords(file)) look(file);

  const unused = [];
  const lookThrough = (node) => {
    const isNamed = ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node) || ts.isShorthandPropertyAssignment(node);
    if (isNamed && ts.isObjectLiteralExpression(node.parent)) {
      if (!used.has(node)) {
        const file = node.getSourceFile();
        const { line } = file.getLineAndCharacterOfPosition(node.getStart());
        unused.push(`${file.fileName.replace(/^.*\/static\//, "")}:${line + 1}: ${node.name.getText()}`);
        return;
      }
    }
    // The function of a text may use its own objects freely; texts that are found by a name from elsewhere are not recognized here.
    if (!ts.isArrowFunction(node) && !ts.isAsExpression(node)) ts.forEachChild(node, lookThrough);
  };
  for (const file of ours.filter(isCatalogue)) {
    const words = checker.getSymbolAtLocation(file)?.exports?.get("default");
    const held = words && checker.getAliasedSymbol(words).valueDeclaration;
    if (held?.initializer) lookThrough(held.initializer);
  }
  return unused;
}
