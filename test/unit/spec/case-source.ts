import { readFileSync } from "node:fs";
import ts from "typescript-5.9";

const parsed = new Map<string, ts.SourceFile>();

/** Reads a file under `test`. */
function parse(file: string): ts.SourceFile {
  let source = parsed.get(file);
  if (source === undefined) {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    parsed.set(file, source);
  }
  return source;
}

/**
 * The source of a case by its whole title: the call that has the title as an argument, or the row of a table of cases
 * (`method: "get"`); `null` when the file has no such case.
 */
export function caseSource(file: string, title: string): string | null {
  const row = /^(\w+): "(.+)"$/.exec(title);
  let found: string | null = null;
  const visit = (node: ts.Node): void => {
    if (found !== null) return;
    const isRow = row !== null && ts.isPropertyAssignment(node) && node.name.getText() === row[1];
    if (isRow && ts.isStringLiteral(node.initializer) && node.initializer.text === row[2])
      found = node.parent.getText();
    else if (row === null && isTitle(node, title) && ts.isCallExpression(node.parent)) found = node.parent.getText();
    else ts.forEachChild(node, visit);
  };
  visit(parse(file));
  return found;
}

function isTitle(node: ts.Node, title: string): boolean {
  if (ts.isStringLiteralLike(node)) return node.text === title;
  return ts.isTemplateExpression(node) && node.getText() === `\`${title}\``;
}
