import fc from "fast-check";
import { expect, test } from "vitest";
import { integer, MetaData, string, Table } from "../../../src/schema/index.ts";
import {
  alias,
  and,
  bindparam,
  caseWhen,
  cast,
  column,
  constants,
  func,
  insert,
  literal,
  literalColumn,
  type Node,
  nodeFields,
  or,
  type Operand,
  replaceNodes,
  select,
  structuralKey,
  text,
  type Expression,
  update,
} from "../../../src/sql/index.ts";
import { integerType, stringType } from "../../../src/types/index.ts";

const metadata = new MetaData();
const one = new Table("one", metadata, { id: integer().primaryKey(), name: string(), other: integer() });
const two = new Table("two", metadata, { id: integer().primaryKey(), oneId: integer().references("one.id") });

const key = (statement: { toNode(): Node }) => structuralKey(statement.toNode()).key;

// a recipe is data, so that the same statement can be built twice, and told apart from another by its own text
type Recipe = { readonly op: string; readonly parts: readonly Recipe[]; readonly value: number };

const recipes = fc.letrec<{ tree: Recipe }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    fc.record({
      op: fc.constantFrom("id", "other", "alias", "value", "named"),
      parts: fc.constant([]),
      value: fc.nat(3),
    }),
    fc.record({
      op: fc.constantFrom(
        "eq",
        "lt",
        "and",
        "or",
        "add",
        "lower",
        "coalesce",
        "case",
        "cast",
        "label",
        "in",
        "like",
        "sub",
      ),
      parts: fc.array(tie("tree"), { minLength: 2, maxLength: 2 }),
      value: fc.nat(3),
    }),
  ),
})).tree;

function build(recipe: Recipe, aliases: Operand[]): Expression {
  const { op, value } = recipe;
  const [left, right] = recipe.parts.map((part) => build(part, aliases)) as [Expression, Expression];
  switch (op) {
    case "id":
      return one.c.id;
    case "other":
      return one.c.other;
    case "alias":
      return aliases[value % aliases.length] as Expression;
    case "value":
      return literal(value);
    case "named":
      return bindparam(`p${value}`, integer());
    case "and":
      return and(left as never, right as never);
    case "or":
      return or(left as never, right as never);
    case "lower":
      return func.lower(left as never);
    case "coalesce":
      return func.coalesce(left, right);
    case "case":
      return caseWhen(left as never, right).else(value);
    case "cast":
      return value % 2 === 0 ? cast(left, integer()) : cast(left, string(value));
    case "label":
      return left.as(`l${value}`);
    case "in":
      return left.in(value === 0 ? select(right) : [value, value]);
    case "like":
      return left.like(`${value}%`, value % 2 === 0 ? "!" : undefined);
    case "sub":
      return select(left)
        .where(right as never)
        .limit(value)
        .scalarSubquery();
    default:
      return (left[op as "eq"] as (other: unknown) => Expression).call(left, right);
  }
}

function statement(recipe: Recipe): { toNode(): Node } {
  const aliases = [alias(one).c.id, alias(one).c.other, alias(two).c.oneId];
  return select(build(recipe, aliases)).where(one.c.id.eq(1)).limit(9);
}

/** What a recipe says besides its values: equal shapes must have equal keys, others others. */
function shape(recipe: Recipe, aliases: number[] = []): string {
  const { op, value } = recipe;
  const inner = recipe.parts.map((part) => shape(part, aliases));
  const [left = "", right = ""] = inner;
  switch (op) {
    case "id":
    case "other":
    case "value":
      return op;
    case "named":
      return `${op}${value}`;
    case "alias": {
      const place = value % 3;
      const met = aliases.indexOf(place);
      if (met < 0) aliases.push(place);
      return `alias${met < 0 ? `new${place}` : `old${met}`}`; // the three differ in column or table
    }
    case "lower":
      return `lower(${left})`;
    case "cast":
      return `cast(${left},${value % 2 === 0 ? "i" : value})`;
    case "label":
      return `label${value}(${left})`;
    case "in":
      return value === 0 ? `inq(${left},${right})` : `in(${left})`;
    case "like":
      return `like${value % 2}(${left})`;
    default:
      return `${op}(${inner.join()})`;
  }
}

test("the same structure has the same key, with its values in the same places", () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const [first, second] = [structuralKey(statement(recipe).toNode()), structuralKey(statement(recipe).toNode())];
      expect(second.key).toBe(first.key);
      expect(second.values).toEqual(first.values);
      expect([...first.literals.values()]).toEqual(first.values.map((_value, index) => index));
    }),
  );
});

test("another structure has another key", () => {
  // AND in AND becomes one AND: such recipes say the same in two ways
  const flat = (recipe: Recipe): string => shape(recipe).replaceAll(/\b(and|or)\(/g, "$1 ");
  fc.assert(
    fc.property(recipes, recipes, (left, right) => {
      fc.pre(flat(left) !== flat(right));
      const nested = /(and|or)\((and|or)\(|(and|or)\([^)]*,(and|or)\(/;
      fc.pre(!nested.test(shape(left)) && !nested.test(shape(right)) && !shape(left).includes("inq"));
      expect(key(statement(left))).not.toBe(key(statement(right)));
    }),
    { numRuns: 300 },
  );
});

test("values are no part of it", () => {
  const query = (name: string, ids: readonly number[]) =>
    select(one).where(one.c.name.eq(name), one.c.id.in(ids)).limit(ids.length);
  expect(key(query("a", [1]))).toBe(key(query("b", [2, 3])));
  expect(structuralKey(query("b", [2, 3]).toNode()).values).toEqual(["b", [2, 3], 2]);
});

test("one literal used twice is not two literals", () => {
  const [a, b] = [literal(1), literal(1)];
  expect(key(select(a, a))).not.toBe(key(select(a, b)));
  expect(structuralKey(select(a, a).toNode()).values).toEqual([1]);
  expect(key(select(a, b, a))).not.toBe(key(select(a, b, b)));
});

test("one alias used twice is not two aliases", () => {
  const [a, b] = [alias(one), alias(one)];
  expect(key(select(a.c.id, a.c.id))).not.toBe(key(select(a.c.id, b.c.id)));
  expect(key(select(b.c.id, a.c.id))).toBe(key(select(a.c.id, b.c.id)));
  const [x, y] = [select(one).cte("x"), select(one).cte("x")];
  expect(key(select(x.c.id, x.c.id))).not.toBe(key(select(x.c.id, y.c.id)));
});

test("many literals keep their places", () => {
  const values = Array.from({ length: 60 }, (_, index) => literal(index));
  const twice = structuralKey(select(...values, ...values).toNode());
  expect(twice.values).toEqual(values.map((_value, index) => index));
  expect(twice.literals.get(values[40]!.toNode() as never)).toBe(40);
});

test("names cannot imitate structure", () => {
  const pairs: [Operand, Operand][] = [
    [column('a"b'), column("a")],
    [column("a.b"), column("a")],
    [one.c.id.as("x"), one.c.id.as("x,")],
    [text("a").as("b"), text("ab").as("")],
    [func["f"]?.("x") as Operand, func["f"]?.(null) as Operand],
    [column("null"), column("-1")],
    [column("n", integer()), column("n", string())],
  ];
  for (const [left, right] of pairs) expect(key(select(left))).not.toBe(key(select(right)));
  const ad = (name: string, ...names: string[]) =>
    insert(one)
      .values({})
      .options({ key: name }, ...names.map((other) => ({ key: other })));
  expect(key(ad("a", "bc"))).not.toBe(key(ad("ab", "c")));
});

test("no values given is not the same as an empty list of them", () => {
  expect(key(insert(one))).not.toBe(key(insert(one).values({})));
  expect(key(update(one))).not.toBe(key(update(one).values({})));
  expect(key(select(one))).not.toBe(key(select(one).correlate()));
});

// the kinds with a method of their own must not forget what their fields' roles say
test("every field of every kind counts", () => {
  const samples = sampleNodes();
  for (const node of samples) {
    for (const [field, role] of nodeFields[node.kind]) {
      if (role === "bind" || role === "identity" || (node.kind === "column" && field === "type")) continue;
      for (const value of otherValues(role, (node as never)[field])) {
        // a column's number stands for its name and key, so what is made of it under another name has none
        const changed = { ...node, ...(node.kind === "column" && { id: 0 }), [field]: value } as Node;
        expect([node.kind, field, structuralKey(changed).key === structuralKey(node).key]).toEqual([
          node.kind,
          field,
          false,
        ]);
      }
    }
  }
});

function otherValues(role: string, value: unknown): unknown[] {
  const child = literalColumn("other").toNode();
  switch (role) {
    case "node":
      return [child, constants.default];
    case "nodes":
      return value === null ? [[], [child]] : [[child], [child, child], [...(value as unknown[]), child]];
    case "type":
      return [(value as { key: string }).key === "integer" ? stringType : integerType];
    case "options":
      return [[{ key: "other" }]];
    default:
      if (typeof value === "boolean") return [!value];
      return Array.isArray(value) ? [[...(value as unknown[]), "other"]] : ["other", "more"];
  }
}

function sampleNodes(): Node[] {
  const found = new Map<string, Node>();
  const base = select(one.c.id, literal(0).as("d")).cte("tree", { recursive: true });
  const tree = base.unionAll(select(two.c.id, base.c.d).join(base, two.c.id.eq(base.c.id)));
  const sub = select(one).subquery("s");
  const statements = [
    select(
      one.c.id,
      sub.c.id,
      func.count().over({ partitionBy: one.c.id }),
      caseWhen(one.c.id.eq(1), 2).end(),
      cast(one.c.id, string()),
      text("x").as("y"),
    )
      .selectFrom(one)
      .outerJoin(alias(two), two.c.id.between(1, 2))
      .where(
        one.c.name.like("a", "!").not(),
        one.c.id.in([1]),
        sub.c.id.in(select(two.c.id)),
        and(one.c.id.eq(1), one.c.id.eq(2)),
        select(two).exists(),
      )
      .orderBy(one.c.id.desc().nullsFirst())
      .limit(1)
      .withForUpdate(),
    select(tree.c.id).union(select(one.c.id)),
    insert(one).values({ id: 1 }).returning(one.c.id),
    update(one).values({ id: 1 }).where(one.c.id.eq(1)),
  ];
  const visit = (node: Node): void => {
    if (node.kind !== "table" && !found.has(node.kind)) found.set(node.kind, node);
    replaceNodes(node, (child) => {
      if (child === node) return null;
      visit(child);
      return child;
    });
  };
  for (const { toNode } of statements.map((made) => ({ toNode: (): Node => made.toNode() }))) visit(toNode());
  found.delete("cte"); // told apart by its token
  return [...found.values()];
}
