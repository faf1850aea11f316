import { createRequire } from "node:module";
import { ArgumentError, NoSuchModuleError } from "../errors/index.ts";
import { type BetterSqlite3Module, betterSqlite3Driver } from "./better-sqlite3.ts";
import type { Driver } from "./driver.ts";
import { type MariadbModule, mariadbDriver } from "./mariadb.ts";
import { type Mysql2Module, mysql2Driver } from "./mysql2.ts";
import { type NodeSqliteModule, nodeSqliteDriver } from "./node-sqlite.ts";
import { type PgModule, pgDriver } from "./pg.ts";

interface KnownDriver {
  readonly name: string;
  readonly dialect: Driver["dialect"];
  /** What is resolved from the application. */
  readonly package: string;
  /** Tells the module from others by its shape. */
  isModule(module: Members): boolean;
  create(module: Members): Driver;
}

/** A module's members, with those of its default export where it has one. */
type Members = Readonly<Record<string, unknown>> & { readonly default?: unknown };

/** In order of preference within a dialect. */
const knownDrivers: readonly KnownDriver[] = [
  {
    name: "better-sqlite3",
    dialect: "sqlite",
    package: "better-sqlite3",
    isModule: (module) =>
      isConstructorWith(module, "prepare", "safeIntegers") || isConstructorWith(module, "prepare", "pragma"),
    create: (module) => betterSqlite3Driver(module as unknown as BetterSqlite3Module),
  },
  {
    name: "node-sqlite",
    dialect: "sqlite",
    package: "node:sqlite",
    isModule: (module) => typeof module["DatabaseSync"] === "function",
    create: (module) => nodeSqliteDriver(module as unknown as NodeSqliteModule),
  },
  {
    name: "pg",
    dialect: "postgresql",
    package: "pg",
    isModule: (module) => typeof module["Client"] === "function",
    create: (module) => pgDriver(module as unknown as PgModule),
  },
  {
    name: "mariadb",
    dialect: "mysql",
    package: "mariadb",
    isModule: (module) =>
      typeof module["createConnection"] === "function" && typeof module["importFile"] === "function",
    create: (module) => mariadbDriver(module as unknown as MariadbModule),
  },
  {
    name: "mysql2",
    dialect: "mysql",
    package: "mysql2",
    // Charsets: the package mysql, its ancestor, has none
    isModule: (module) => typeof module["createConnection"] === "function" && module["Charsets"] !== undefined,
    create: (module) => mysql2Driver(module as unknown as Mysql2Module),
  },
];

const dialectNames: Readonly<Record<string, Driver["dialect"]>> = {
  sqlite: "sqlite",
  postgresql: "postgresql",
  postgres: "postgresql",
  mysql: "mysql",
  mariadb: "mysql",
};

/**
 * Finds the driver for a dialect: the one given, the one named, or the first of the dialect's that is installed.
 *
 * `given` is a driver made by one of the factories of `athanor/drivers/*`, or the driver's module itself. Packages are
 * resolved from the application: its main module, then the working directory, then this library.
 */
export function loadDriver(dialect: string, driverName?: string, given?: unknown): Driver {
  const family = Object.hasOwn(dialectNames, dialect) ? dialectNames[dialect] : undefined;
  if (family === undefined) {
    throw new NoSuchModuleError(`There is no dialect "${dialect}". Known are ${Object.keys(dialectNames).join(", ")}.`);
  }
  if (given !== undefined) return checkDialect(givenDriver(given, family), family);
  const candidates = knownDrivers.filter((known) => known.dialect === family);
  if (driverName === undefined) return loadFirst(dialect, candidates);
  return loadNamed(findNamed(candidates, dialect, driverName));
}

/** Tells whether a driver is one the library makes itself from an installed package. */
export function isKnownDriver(driver: Driver): boolean {
  return knownDrivers.some(({ name, dialect }) => name === driver.name && dialect === driver.dialect);
}

function findNamed(candidates: readonly KnownDriver[], dialect: string, name: string): KnownDriver {
  const found = candidates.find((known) => known.name === name || known.package === name);
  if (found !== undefined) return found;
  const names = candidates.map((known) => `${dialect}+${known.name}`).join(", ");
  throw new NoSuchModuleError(
    `There is no driver "${name}" for ${dialect}. Known are ${names}; another one can be passed as the option driver.`,
  );
}

function loadNamed(known: KnownDriver): Driver {
  const module = loadPackage(known.package);
  if (module === undefined) throw notInstalled(known, true);
  return known.create(module);
}

function loadFirst(dialect: string, candidates: readonly KnownDriver[]): Driver {
  for (const known of candidates) {
    const module = loadPackage(known.package);
    if (module !== undefined) return known.create(module);
  }
  const preferred = candidates[0];
  if (preferred === undefined) throw new NoSuchModuleError(`There is no driver for ${dialect}.`);
  throw notInstalled(preferred, false);
}

function notInstalled(known: KnownDriver, named: boolean): NoSuchModuleError {
  if (known.package.startsWith("node:")) {
    return new NoSuchModuleError(
      `This runtime has no ${known.package}. Use Node 22.13 or later, or npm install better-sqlite3`,
    );
  }
  const others = knownDrivers.filter(({ dialect, name }) => dialect === known.dialect && name !== known.name);
  const instead = others.map((other) => ` (or ${other.package})`).join("");
  return new NoSuchModuleError(
    `The driver for ${known.dialect}, the package ${known.package}${named ? "" : instead}, is not installed. Install it in your application:\n\n` +
      `    npm install ${known.package}\n\n` +
      "or pass its module as the option driver.",
  );
}

function givenDriver(given: unknown, family: Driver["dialect"]): Driver {
  if (isDriver(given)) return given;
  for (const module of modulesOf(given)) {
    const known = knownDrivers.find((candidate) => candidate.isModule(module));
    if (known !== undefined) return known.create(module);
  }
  const names = knownDrivers.filter((known) => known.dialect === family).map((known) => known.package);
  throw new ArgumentError(
    `The option driver is neither a driver nor the module of one. For ${family} pass the module of ${names.join(" or ")}, ` +
      'e.g. import pg from "pg" and driver: pg.',
  );
}

function checkDialect(driver: Driver, family: Driver["dialect"]): Driver {
  if (driver.dialect === family) return driver;
  throw new ArgumentError(
    `The option driver is ${driver.name}, a driver for ${driver.dialect}, but the URL names ${family}. Change one of them.`,
  );
}

function isDriver(given: unknown): given is Driver {
  if (typeof given !== "object" || given === null) return false;
  const { connect, describeError, dialect } = given as Partial<Driver>;
  return typeof connect === "function" && typeof describeError === "function" && typeof dialect === "string";
}

/** A default export stands for its module. */
function modulesOf(given: unknown): Members[] {
  if (given === null || (typeof given !== "object" && typeof given !== "function")) return [];
  const module = given as Members;
  const inner = module.default;
  const isModule = inner !== null && (typeof inner === "object" || typeof inner === "function");
  return isModule ? [module, inner as Members] : [module];
}

function isConstructorWith(module: unknown, ...methods: readonly string[]): boolean {
  if (typeof module !== "function") return false;
  const prototype = module.prototype as Record<string, unknown> | undefined;
  return prototype !== undefined && methods.every((method) => typeof prototype[method] === "function");
}

type Require = ReturnType<typeof createRequire>;

/** Where packages are looked for, the application first. */
function requirers(): Require[] {
  const main = process.argv[1];
  // as if it were a folder: for `node .` it is one, and from a file the same folders are searched
  const places = [
    main === undefined ? undefined : `${main}/index.js`,
    `${process.cwd()}/package.json`,
    import.meta.url,
  ];
  return places.flatMap((place) => {
    try {
      return place === undefined ? [] : [createRequire(place)];
    } catch {
      return []; // a main "module" that is no path, such as the REPL's
    }
  });
}

function resolvePackage(name: string): (() => unknown) | undefined {
  for (const require of requirers()) {
    try {
      const path = require.resolve(name);
      return () => require(path) as unknown;
    } catch {
      // not installed there: the next place may have it
    }
  }
  return undefined;
}

function loadPackage(name: string): Members | undefined {
  const load = resolvePackage(name);
  if (load === undefined) return undefined;
  try {
    return load() as Members;
  } catch (cause) {
    if ((cause as { code?: unknown } | null)?.code === "ERR_UNKNOWN_BUILTIN_MODULE") return undefined;
    throw new NoSuchModuleError(
      `The package ${name} is installed but fails to load: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        "Install it again for this version of Node.",
      { cause },
    );
  }
}
