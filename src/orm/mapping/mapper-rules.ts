import { aBoolean, anything, type OptionRule, type OptionRules, oneOf } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { ColumnProperty, EntityMapper, MapperRules, VersionGenerator, VersionRule } from "./entity-mapper.ts";

/** Options of `mapped()` about how rows are written and read. */
export interface RuleOptions {
  readonly versionIdCol?: string;
  readonly versionIdGenerator?: VersionGenerator | false;
  readonly eagerDefaults?: "auto" | boolean;
  readonly confirmDeletedRows?: boolean;
  readonly batch?: boolean;
  readonly allowPartialPks?: boolean;
  readonly alwaysRefresh?: boolean;
  readonly polymorphicOn?: string;
  readonly polymorphicIdentity?: unknown;
}

const functionOrFalse: OptionRule = {
  expects: "a function or false",
  accepts: (value) => typeof value === "function" || value === false,
};
const aName: OptionRule = { expects: "an attribute's name", accepts: (value) => typeof value === "string" };

/** What values the options take. */
export const ruleOptionRules: OptionRules<RuleOptions> = {
  versionIdCol: aName,
  versionIdGenerator: functionOrFalse,
  eagerDefaults: oneOf("auto", true, false),
  confirmDeletedRows: aBoolean,
  batch: aBoolean,
  allowPartialPks: aBoolean,
  alwaysRefresh: aBoolean,
  polymorphicOn: aName,
  polymorphicIdentity: anything,
};

/** @throws ArgumentError for a version column that does not exist or cannot be counted up. */
export function resolveRules(mapper: EntityMapper, options: RuleOptions): MapperRules {
  return {
    version: versionRule(mapper, options),
    eagerDefaults: options.eagerDefaults !== false,
    confirmDeletedRows: options.confirmDeletedRows ?? true,
    batch: options.batch ?? true,
    allowPartialPks: options.allowPartialPks ?? true,
    alwaysRefresh: options.alwaysRefresh ?? false,
    deferred: mapper.columns.filter(({ column, isPrimaryKey }) => column.spec.deferred !== undefined && !isPrimaryKey),
    onUpdate: mapper.columns.filter(({ column }) => column.onUpdate !== null),
    changedByServer: mapper.columns.filter(
      ({ column: { spec } }) => spec.computed !== undefined || spec.serverOnUpdate === true,
    ),
  };
}

function versionRule(mapper: EntityMapper, options: RuleOptions): VersionRule | null {
  const { versionIdCol: key, versionIdGenerator: generator } = options;
  if (key === undefined) {
    if (generator === undefined) return null;
    throw new ArgumentError(
      `${mapper.name} has a versionIdGenerator, but no versionIdCol that says where versions are.`,
    );
  }
  const property = mapper.columns.find((column) => column.key === key);
  if (property === undefined) {
    const known = mapper.columns.map((column) => column.key).join(", ");
    throw new ArgumentError(
      `The versionIdCol ${JSON.stringify(key)} is no column of ${mapper.name}. It has: ${known}.`,
    );
  }
  if (generator === false) return { property, next: null };
  return { property, next: generator ?? counter(mapper, property) };
}

/** 1, then one more each time. */
function counter(mapper: EntityMapper, { key, column: { type } }: ColumnProperty): VersionGenerator {
  if (type.conversions === undefined) {
    if (type.kind === "integer" || type.kind === "smallint")
      return (current) => (current === null ? 1 : (current as number) + 1);
    if (type.kind === "bigint") return (current) => (current === null ? 1n : (current as bigint) + 1n);
  }
  throw new ArgumentError(
    `The versionIdCol ${mapper.name}.${key} is no integer, so it cannot be counted up. Give a versionIdGenerator: a function that ` +
      "makes the next version, or false where the database does.",
  );
}
