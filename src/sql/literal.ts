import { ArgumentError } from "../errors/index.ts";
import { doubleType, type SqlType, typeOfValue, unknownType } from "../types/index.ts";
import { describeWithin } from "./describe-value.ts";
import type { ConstantNode, ExpressionNode, LiteralNode, StatementNode } from "./nodes/index.ts";
import { isOperand, type Operand } from "./protocol.ts";

/** A value node; its type decides how the value travels. */
export function literalNode(value: unknown, type: SqlType, options: LiteralOptions = plain): LiteralNode {
  const { name = null, required = false, expanding = false } = options;
  return { kind: "literal", value, type, name, required, expanding };
}

type LiteralOptions = Partial<Pick<LiteralNode, "name" | "required" | "expanding">>;
const plain: LiteralOptions = {};

export const constants: Readonly<Record<ConstantNode["name"], ConstantNode>> = {
  null: { kind: "constant", name: "null", type: unknownType },
  true: { kind: "constant", name: "true", type: unknownType },
  false: { kind: "constant", name: "false", type: unknownType },
  default: { kind: "constant", name: "default", type: unknownType },
  star: { kind: "constant", name: "star", type: unknownType },
};

/**
 * The node of an operand: an expression's own, or a literal of the type it meets.
 *
 * @throws ArgumentError for `undefined`, which is a forgotten variable far more often than a NULL.
 */
export function operandNode(value: unknown, type: SqlType = unknownType): ExpressionNode {
  if (isOperand(value)) return nodeOf(value);
  if (value === null) return constants.null;
  if (value === undefined) {
    throw new ArgumentError("undefined was given where a value or expression is needed. Pass null for SQL's NULL.");
  }
  return literalNode(value, literalType(value, type));
}

/**
 * The node of an expression, where a plain value is always a mistake: a string as a condition would be a parameter,
 * and true.
 *
 * @throws ArgumentError for anything that is no expression; `method` is where it was given.
 */
export function expressionNode(value: unknown, method: string): ExpressionNode {
  if (isOperand(value)) return nodeOf(value);
  throw new ArgumentError(
    `${method}() takes expressions such as User.c.name or User.c.name.eq("x"), not ${describeWithin(value)}. For SQL text use text("…").`,
  );
}

/** The node of what stands in an expression. @throws ArgumentError for a statement, which is none by itself. */
export function nodeOf(value: Operand): ExpressionNode {
  const node = value.toNode();
  switch (node.kind as StatementNode["kind"]) {
    case "select":
    case "compound":
      throw new ArgumentError(
        "A query stands where a value or expression is needed. Write query.scalarSubquery() for its one column as a value, " +
          "query.exists() for whether it has a row, or query.subquery() to select from it.",
      );
    case "insert":
    case "update":
    case "delete":
    case "ddl":
      throw new ArgumentError("A statement that changes something stands where a value or expression is needed.");
    default:
      return node;
  }
}

const integerKinds = new Set(["smallint", "integer", "bigint"]);

// `age > 5.5` is good SQL for an integer column: the value keeps its own type where the column's would not take it
function literalType(value: unknown, type: SqlType): SqlType {
  if (type.conversions !== undefined) return type;
  if (type.kind === "unknown") return typeOfValue(value);
  if (typeof value === "number" && integerKinds.has(type.kind) && !Number.isInteger(value)) return doubleType;
  return type;
}
