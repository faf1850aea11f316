// Reads from the syntax tree of one file what the rules ask about.
import { posix } from "node:path";
import ts from "typescript-5.9";

export interface Import {
  /** The imported file for a relative import, else the specifier as written. */
  readonly target: string;
  readonly relative: boolean;
  readonly line: number;
}

export interface FunctionSize {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
}

export interface SourceFacts {
  readonly path: string;
  readonly imports: readonly Import[];
  readonly functions: readonly FunctionSize[];
  readonly codeLines: number;
  readonly codeFromText: readonly number[];
  readonly bareErrors: readonly number[];
  readonly anyCount: number;
  readonly asAnyCount: number;
}

export function readSource(path: string, text: string): SourceFacts {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const nodes = [...descendants(file)];
  const codeLines = linesWithCode(file);
  const lineOf = (node: ts.Node) => lineAt(file, node.getStart(file));
  return {
    path,
    imports: nodes.flatMap((node) => importOf(path, node, lineOf(node))),
    functions: nodes.filter(hasBody).map((node) => sizeOf(file, node, codeLines)),
    codeLines: codeLines.size,
    codeFromText: nodes.filter(makesCodeFromText).map(lineOf),
    bareErrors: nodes.filter(throwsBareError).map(lineOf),
    anyCount: nodes.filter((node) => node.kind === ts.SyntaxKind.AnyKeyword).length,
    asAnyCount: nodes.filter((node) => ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.AnyKeyword).length,
  };
}

function* descendants(node: ts.Node): Generator<ts.Node> {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  for (const child of children) {
    yield child;
    yield* descendants(child);
  }
}

/** Lines that hold at least one token: neither blank nor comment. */
function linesWithCode(file: ts.SourceFile): Set<number> {
  const lines = new Set<number>();
  const visit = (node: ts.Node) => {
    if (ts.isJSDoc(node) || node.kind === ts.SyntaxKind.EndOfFileToken) return;
    const children = node.getChildren(file);
    for (const child of children) visit(child);
    if (children.length > 0 || node.getWidth(file) === 0) return;
    const last = lineAt(file, node.getEnd());
    for (let line = lineAt(file, node.getStart(file)); line <= last; line++) lines.add(line);
  };
  visit(file);
  return lines;
}

function lineAt(file: ts.SourceFile, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1;
}

function importOf(path: string, node: ts.Node, line: number): Import[] {
  const specifier = specifierOf(node);
  if (specifier === undefined) return [];
  const relative = specifier.startsWith(".");
  const target = relative ? posix.join(posix.dirname(path), specifier) : specifier;
  return [{ target, relative, line }];
}

/** Of `import`, `export … from`, `import()` and the type `import("…")`. */
function specifierOf(node: ts.Node): string | undefined {
  const literal = specifierNode(node);
  return literal !== undefined && ts.isStringLiteralLike(literal) ? literal.text : undefined;
}

function specifierNode(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  return undefined;
}

type FunctionWithBody = ts.FunctionLikeDeclaration & { readonly body: ts.Node };

function hasBody(node: ts.Node): node is FunctionWithBody {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

function sizeOf(file: ts.SourceFile, node: FunctionWithBody, codeLines: ReadonlySet<number>): FunctionSize {
  const [first, last] = [lineAt(file, node.getStart(file)), lineAt(file, node.getEnd())];
  let lines = 0;
  for (let line = first; line <= last; line++) if (codeLines.has(line)) lines++;
  return { name: nameOf(file, node), line: first, lines };
}

function nameOf(file: ts.SourceFile, node: FunctionWithBody): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  const holder = node.parent;
  const name =
    node.name ?? (ts.isVariableDeclaration(holder) || ts.isPropertyAssignment(holder) ? holder.name : undefined);
  return name?.getText(file) ?? "(anonymous)";
}

function makesCodeFromText(node: ts.Node): boolean {
  if (ts.isNewExpression(node)) return isNamed(node.expression, "Function");
  return ts.isCallExpression(node) && (isNamed(node.expression, "Function") || isNamed(node.expression, "eval"));
}

function throwsBareError(node: ts.Node): boolean {
  return (
    ts.isThrowStatement(node) && ts.isNewExpression(node.expression) && isNamed(node.expression.expression, "Error")
  );
}

/** `eval` and `globalThis.eval` alike. */
function isNamed(node: ts.Expression, name: string): boolean {
  return (ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) && node.text) === name;
}
