import { type Node, nodeFields } from "./nodes/index.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Calls `visit` for each child of a node, in order. */
export function eachChild(node: Node, visit: (child: Node) => void): void {
  for (const [field, role] of nodeFields[node.kind]) {
    if (role === "node") {
      const child = (node as unknown as Fields)[field] as Node | null;
      if (child !== null) visit(child);
    } else if (role === "nodes") {
      const children = (node as unknown as Fields)[field] as readonly Node[] | null;
      if (children !== null) for (const child of children) visit(child);
    }
  }
}

/**
 * Replaces nodes of a tree; parts without a replacement are shared, not copied.
 *
 * `replace` answers a node to put in place (it is not entered again), or `null` to go on into the children.
 * A node that stands in several places is rebuilt once, so identities (aliases) hold within the new tree.
 * `finish` has a last look at each node whose children are done.
 */
export function replaceNodes<N extends Node>(
  root: N,
  replace: (node: Node) => Node | null,
  finish: (node: Node) => Node = (node) => node,
): N {
  const done = new Map<Node, Node>();
  const visit = (node: Node): Node => {
    const known = done.get(node);
    if (known !== undefined) return known;
    const answer = replace(node) ?? finish(rebuild(node, visit));
    done.set(node, answer);
    return answer;
  };
  return visit(root) as N;
}

function rebuild(node: Node, visit: (node: Node) => Node): Node {
  let changes: Record<string, unknown> | null = null;
  for (const [field, role] of nodeFields[node.kind]) {
    if (role !== "node" && role !== "nodes") continue;
    const old = (node as unknown as Fields)[field];
    if (old === null) continue;
    const fresh = role === "node" ? visit(old as Node) : rebuildList(old as readonly Node[], visit);
    if (fresh !== old) (changes ??= {})[field] = fresh;
  }
  return changes === null ? node : { ...node, ...changes };
}

function rebuildList(nodes: readonly Node[], visit: (node: Node) => Node): readonly Node[] {
  const fresh = nodes.map(visit);
  return fresh.some((node, index) => node !== nodes[index]) ? fresh : nodes;
}
