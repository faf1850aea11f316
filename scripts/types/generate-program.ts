// A program as large as an application's: models that lead to each other in circles, over several modules, and queries.
const MODELS = 50;
const MODELS_PER_MODULE = 10;
const QUERIES = 200;

export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

/** 50 models of 13 attributes in 5 modules that import each other, and 200 queries over them. */
export function generateProgram(): readonly GeneratedFile[] {
  const modules = MODELS / MODELS_PER_MODULE;
  return [
    { name: "base.ts", text: 'import { declarativeBase } from "athanor";\nexport const Base = declarativeBase();\n' },
    ...Array.from({ length: modules }, (_, index) => ({ name: `models-${index}.ts`, text: modelModule(index) })),
    { name: "queries.ts", text: queryModule() },
  ];
}

const moduleOf = (model: number): number => Math.floor(model / MODELS_PER_MODULE);
const next = (model: number): number => (model + 1) % MODELS;
const previous = (model: number): number => (model + MODELS - 1) % MODELS;

function modelModule(index: number): string {
  const own = Array.from({ length: MODELS_PER_MODULE }, (_, offset) => index * MODELS_PER_MODULE + offset);
  const others = new Set(
    own.flatMap((model) => [next(model), previous(model)]).filter((model) => !own.includes(model)),
  );
  const imports = [...others].map((model) => `import { M${model} } from "./models-${moduleOf(model)}.ts";`);
  return `${[libraryImport, ...imports].join("\n")}\n${own.map(model).join("\n")}`;
}

const libraryImport = `import { boolean, enumeration, func, integer, json, many, numeric, one, string, timestamp } from "athanor";
import { Base } from "./base.ts";`;

function model(n: number): string {
  return `
export class M${n} extends Base.mapped("m${n}", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique().nullable(),
  age: integer().default(0),
  active: boolean().default(true),
  price: numeric(10, 2).nullable(),
  status: enumeration("new", "open", "closed").default("new"),
  settings: json<{ theme: string; size${n}: number }>().nullable(),
  createdAt: timestamp().serverDefault(func.now()),
  updatedAt: timestamp().nullable(),
  get parentId() { return integer().references(M${previous(n)}.c.id); },
  get parent() { return one(M${previous(n)}, { backPopulates: "children" }); },
  get children() { return many(M${next(n)}, { backPopulates: "parent" }); },
}) {
  describe() { return \`\${this.name} of \${this.parent.name}, \${this.children.length} children\`; }
}
`;
}

const queries: readonly ((n: number) => string)[] = [
  (n) => `export async function q(s: AsyncSession) {
  const rows = (await s.execute(select(M.c.id, M.c.name, N.c.email).join(M.c.children).where(M.c.age.gt(${n}), N.c.name.like("a%")).orderBy(M.c.name.desc()).limit(10))).all();
  return rows.map(([id, name, email]) => id + name.length + (email ?? "").length);
}`,
  () => `export async function q(s: AsyncSession) {
  const found = (await s.scalars(select(M).where(M.c.status.in(["new", "open"])).options(selectinload(M.c.children).joinedload(N.c.children)))).all();
  return found.map((object) => object.children.map((child) => child.describe() + child.parent.name));
}`,
  () => `export async function q(s: AsyncSession) {
  const counts = select(N.c.parentId, func.count(N.c.id).as("total"), func.max(N.c.createdAt).as("latest")).groupBy(N.c.parentId).subquery("counts");
  const rows = await s.execute(select(M.c.name.as("label"), counts.c.total, counts.c.latest).join(counts, counts.c.parentId.eq(M.c.id)));
  return rows.mappings().all().map((row) => row.label.length + row.total + (row.latest?.getTime() ?? 0));
}`,
  (n) => `export function q(s: Session) {
  const object = s.get(M, ${n});
  const added = new M({ name: "x", children: [new N({ name: "y", settings: { theme: "dark", size\${next}: 1 } })] });
  s.add(added);
  const tuple = s.execute(select(M, N.c.name, func.lower(M.c.name)).join(M.c.children)).first();
  return [object?.parent.children[0]?.name, tuple?.[0].describe(), tuple?.[1], tuple?.[2]];
}`,
];

function queryModule(): string {
  const imports = Array.from({ length: MODELS }, (_, n) => `import { M${n} } from "./models-${moduleOf(n)}.ts";`);
  const bodies = Array.from({ length: QUERIES }, (_, index) => {
    const n = index % MODELS;
    const query = queries[Math.floor(index / MODELS)] as (n: number) => string;
    return query(n)
      .replace("function q(", `function q${index}(`)
      .replaceAll(/\bM\b/g, `M${n}`)
      .replaceAll(/\bN\b/g, `M${next(n)}`)
      .replaceAll("${next}", String(next(n)));
  });
  return `import { type AsyncSession, func, select, selectinload, type Session } from "athanor";
${imports.join("\n")}
${bodies.join("\n")}
`;
}
