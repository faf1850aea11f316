import { ArgumentError, InvalidRequestError } from "../errors/index.ts";
import {
  eachChild,
  type ExpressionNode,
  type FromNode,
  type JoinNode,
  type JoinStepNode,
  type Node,
  type SelectNode,
  type TableNode,
} from "../sql/index.ts";
import { booleanType, unknownType } from "../types/index.ts";

/** Tells whether two FROM elements are the same one. */
export function isSameFrom(left: FromNode, right: FromNode): boolean {
  return left === right || (left.kind === "cte" && right.kind === "cte" && left.token === right.token);
}

/** Tells whether a FROM element is, or joins, another. */
function holds(from: FromNode, element: FromNode): boolean {
  if (isSameFrom(from, element)) return true;
  return from.kind === "join" && (holds(from.left, element) || holds(from.right, element));
}

const nested = new Set<Node["kind"]>(["select", "compound", "exists", "scalar-subquery"]);

/** The FROM elements that expressions mention, in order; queries inside them see to their own. */
export function mentionedFroms(nodes: readonly Node[]): FromNode[] {
  const found: FromNode[] = [];
  const add = (from: FromNode): void => {
    if (from.kind === "table" && from.id === 0) return; // a column by name alone
    if (!found.some((known) => isSameFrom(known, from))) found.push(from);
  };
  const visit = (node: Node): void => {
    if (node.kind === "column") add(node.table);
    else if (node.kind === "entity") add(node.source);
    else if (!nested.has(node.kind)) eachChild(node, visit);
  };
  for (const node of nodes) visit(node);
  return found;
}

/** The FROM list of a SELECT: what it names, what its columns and conditions mention, and its joins. */
export function resolveFroms(node: SelectNode, enclosing: readonly (readonly FromNode[])[]): readonly FromNode[] {
  const froms: FromNode[] = [...node.from];
  const add = (from: FromNode): void => {
    if (!froms.some((known) => holds(known, from))) froms.push(from);
  };
  for (const from of mentionedFroms(node.columns)) add(from);
  const targets = node.joins.map((step) => step.target);
  for (const step of node.joins) applyJoin(froms, step, targets);
  for (const from of mentionedFroms(node.where)) add(from);
  return withoutCorrelated(froms, node, enclosing);
}

function applyJoin(froms: FromNode[], step: JoinStepNode, targets: readonly FromNode[]): void {
  const place = leftOf(froms, step, targets);
  const left = froms[place];
  if (left === undefined) {
    throw new InvalidRequestError("The query has nothing to join from. Name it with selectFrom(…).");
  }
  const on = step.on ?? conditionBetween(left, step.target);
  const join: JoinNode = { kind: "join", left, right: step.target, on, outer: step.outer, full: step.full };
  froms[place] = join;
  // a column of the target was mentioned: the join now brings it
  for (let index = froms.length - 1; index >= 0; index -= 1) {
    const from = froms[index];
    if (index !== place && from !== undefined && isSameFrom(from, step.target)) froms.splice(index, 1);
  }
}

/** Where in the list the join starts: where its relationship says, else what its condition mentions, else the first. */
function leftOf(froms: FromNode[], step: JoinStepNode, targets: readonly FromNode[]): number {
  const holder = (wanted: FromNode): number => froms.findIndex((from) => holds(from, wanted));
  if (step.left !== null) {
    const place = holder(step.left);
    if (place >= 0) return place;
    froms.unshift(step.left);
    return 0;
  }
  const mentioned = step.on === null ? [] : mentionedFroms([step.on]).filter((from) => !isSameFrom(from, step.target));
  for (const from of mentioned) {
    const place = holder(from);
    if (place >= 0) return place;
  }
  const [first] = mentioned;
  if (first !== undefined && froms.every((from) => isSameFrom(from, step.target))) {
    froms.unshift(first);
    return 0;
  }
  const place = froms.findIndex((from) => !targets.some((target) => isSameFrom(target, from)));
  return place >= 0 ? place : froms.findIndex((from) => !isSameFrom(from, step.target));
}

function conditionBetween(left: FromNode, right: FromNode): ExpressionNode {
  const candidates = elements(left).flatMap((element) => [
    ...keyConditions(element, right),
    ...keyConditions(right, element),
  ]);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const what = `${fromLabel(left)} and ${fromLabel(right)}`;
  throw new ArgumentError(
    only === undefined
      ? `There is no foreign key between ${what}, so the join needs its condition: .join(target, condition).`
      : `There are several foreign keys between ${what}, so the join needs its condition: .join(target, condition).`,
  );
}

/** Conditions along the foreign keys of one element that lead to another. */
function keyConditions(from: FromNode, to: FromNode): readonly ExpressionNode[] {
  const [table, target] = [tableOf(from), tableOf(to)];
  if (table === null || target === null || table.foreignKeys === null) return [];
  return table
    .foreignKeys()
    .filter((key) => key.target === target)
    .map((key) => {
      const items = key.columns.map((name, index): ExpressionNode => {
        const [left, right] = [bareColumn(from, name), bareColumn(to, key.targetColumns[index] ?? name)];
        return { kind: "binary", operator: "eq", left, right, type: booleanType, escape: null };
      });
      const [only] = items;
      return items.length === 1 && only !== undefined
        ? only
        : { kind: "junction", operator: "and", items, type: booleanType };
    });
}

function bareColumn(table: FromNode, name: string): ExpressionNode {
  return { kind: "column", id: 0, table, name, key: name, type: unknownType };
}

function tableOf(from: FromNode): TableNode | null {
  if (from.kind === "table") return from;
  return from.kind === "alias" && from.source.kind === "table" ? from.source : null;
}

function elements(from: FromNode): readonly FromNode[] {
  return from.kind === "join" ? [...elements(from.left), ...elements(from.right)] : [from];
}

function fromLabel(from: FromNode): string {
  switch (from.kind) {
    case "table":
      return JSON.stringify(from.name);
    case "alias":
    case "cte":
      return from.name === null ? "a subquery" : JSON.stringify(from.name);
    case "join":
      return elements(from).map(fromLabel).join(", ");
    case "raw-from":
      return "text";
  }
}

function withoutCorrelated(
  froms: readonly FromNode[],
  node: SelectNode,
  enclosing: readonly (readonly FromNode[])[],
): readonly FromNode[] {
  const outer = node.correlate ?? enclosing.flat();
  if (outer.length === 0) return froms;
  const isOuter = (from: FromNode): boolean => outer.some((element) => holds(element, from));
  const own = froms.filter((from) => !isOuter(from) || node.from.includes(from));
  if (own.length > 0 || node.correlate !== null) return own;
  // a look of its own at the one table it has: persons.id IN (SELECT boss_id FROM persons)
  if (froms.length <= 1) return froms;
  throw new InvalidRequestError(
    "Every FROM element of the subquery belongs to the query around it. Give it one of its own with selectFrom(…), or name what it shares with correlate(…).",
  );
}
