import type { Parameters } from "../../compile/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { Column } from "../../schema/index.ts";
import { describeWithin, findColumn, type StatementTarget } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";

/** Reads rows that the program gives as records: attribute names and values. */
export class RowInput {
  readonly #mapper: EntityMapper;
  readonly #target: StatementTarget;
  readonly #byKey = new Map<string, ColumnProperty>();

  constructor(mapper: EntityMapper, target: StatementTarget) {
    this.#mapper = mapper;
    this.#target = target;
  }

  /**
   * The values of one row in the order of the class's columns; `undefined` where it has none.
   *
   * @throws ArgumentError for something that is no record, or an attribute that is no column.
   */
  values(row: Parameters): unknown[] {
    if (typeof row !== "object" || row === null || Array.isArray(row))
      throw new ArgumentError(`A row is given by attribute names, { name: "Ann" }, not as ${describeWithin(row)}.`);
    const values = new Array<unknown>(this.#mapper.columns.length).fill(undefined);
    for (const key of Object.keys(row)) if (row[key] !== undefined) values[this.#property(key).index] = row[key];
    return values;
  }

  #property(key: string): ColumnProperty {
    let property = this.#byKey.get(key);
    if (property === undefined) {
      property = this.#mapper.property(findColumn(this.#target, key) as Column);
      this.#byKey.set(key, property);
    }
    return property;
  }
}
