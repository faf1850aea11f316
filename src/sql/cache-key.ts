import type { SqlType } from "../types/index.ts";
import {
  type CteNode,
  type LiteralNode,
  type Node,
  nodeFields,
  type StatementOption,
  type StatementTarget,
} from "./nodes/index.ts";

/** The structure of a statement as text, and the values that stand in it. */
export interface StructuralKey {
  readonly key: string;
  /** The values in the order they were met; two trees with equal keys have theirs in the same places. */
  readonly values: readonly unknown[];
  /** Which literal stands at which place; only of use with this very tree. */
  readonly literals: ReadonlyMap<LiteralNode, number>;
}

class KeyWriter {
  key = "";
  readonly values: unknown[] = [];
  readonly literals = new Map<LiteralNode, number>();
  // aliases, CTEs and literals are told apart by the order in which they are first met, not by who made them
  readonly #places = new Map<object, number>();

  write(node: Node): void {
    switch (node.kind) {
      case "table":
        this.key += `t${node.id};`;
        return;
      case "column":
        this.write(node.table);
        this.key += text(node.name);
        if (node.key !== node.name) this.key += `=${text(node.key)}`;
        // a table's column has one type; a subquery's, or one by name alone, may be read as any
        if (node.table.kind !== "table" || node.table.id === 0) this.key += node.type.key;
        return;
      case "literal":
        this.#literal(node);
        return;
      case "alias":
      case "cte":
        this.#shared(node);
        return;
      default:
        this.#fields(node);
    }
  }

  #literal(node: LiteralNode): void {
    const place = this.literals.get(node);
    // one literal in two places must not share its key with two literals
    if (place !== undefined) {
      this.key += `@${place};`;
      return;
    }
    this.literals.set(node, this.values.length);
    this.values.push(node.value);
    this.key += `?${node.type.key}`;
    if (node.name !== null) this.key += `:${text(node.name)}${node.required ? "!" : ""}`;
    this.key += node.expanding ? "*;" : ";";
  }

  #shared(node: Extract<Node, { kind: "alias" | "cte" }>): void {
    const identity = node.kind === "cte" && !node.complete ? (node as CteNode).token : node;
    const place = this.#places.get(identity);
    if (place !== undefined) {
      this.key += `#${place};`;
      return;
    }
    this.#places.set(identity, this.#places.size);
    this.#fields(node);
  }

  #fields(node: Node): void {
    this.key += node.kind;
    this.key += "(";
    for (const [field, role] of nodeFields[node.kind]) {
      const value = (node as unknown as Record<string, unknown>)[field];
      switch (role) {
        case "node":
          if (value === null) this.key += "-";
          else this.write(value as Node);
          break;
        case "nodes":
          this.#nodes(value as readonly Node[] | null);
          break;
        case "value":
          this.key += valueKey(value);
          break;
        case "type":
          this.key += (value as SqlType).key;
          break;
        case "options":
          for (const option of value as readonly StatementOption[]) this.key += text(option.key);
          break;
        case "identity":
          if (field === "mapper") this.key += `m${(value as { id: number }).id}`;
          else if (field === "target") this.key += text((value as StatementTarget).label);
          break;
        case "bind":
          break;
      }
      this.key += ",";
    }
    this.key += ")";
  }

  #nodes(nodes: readonly Node[] | null): void {
    if (nodes === null) {
      this.key += "-";
      return;
    }
    this.key += "[";
    for (const node of nodes) {
      this.write(node);
      this.key += " ";
    }
    this.key += "]";
  }
}

// with its length in front no text can imitate structure, whatever characters it holds
function text(value: string): string {
  return `${value.length}"${value}`;
}

function valueKey(value: unknown): string {
  if (typeof value === "string") return text(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Reads a statement's structure and values in one walk. */
export function structuralKey(node: Node): StructuralKey {
  const writer = new KeyWriter();
  writer.write(node);
  return writer;
}
