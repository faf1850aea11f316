import type { Compiled } from "../compile/index.ts";
import type { DriverColumn, DriverResult } from "../driver/index.ts";
import { elementReaders, type RowReader, rowReader } from "../hydrate/index.ts";
import { type ExpressionNode, labelOf } from "../sql/index.ts";
import type { Decode, TypeTable } from "../types/index.ts";

type Row = readonly unknown[];

/** What the rows of a result are. */
export interface RowShape {
  readonly keys: readonly string[];
  /** `null`: rows go out as they come. */
  readonly read: ((raw: Row) => Row) | null;
}

/** How the rows of one compiled statement are read: each column by its type, or by what the driver says it is. */
export class RowPlan implements RowShape {
  readonly keys: readonly string[];
  /** Column by column, for values that are not null; `null`: as the driver gives it. */
  readonly decoders: readonly (Decode | null)[];
  /** What the driver said the columns are, when the plan depends on it. */
  readonly driverColumns: readonly DriverColumn[] | null;
  readonly jit: boolean | undefined;
  #read: RowReader | null | undefined;
  #bundled: RowShape | undefined;

  constructor(parts: Pick<RowPlan, "keys" | "decoders" | "driverColumns" | "jit">) {
    this.keys = parts.keys;
    this.decoders = parts.decoders;
    this.driverColumns = parts.driverColumns;
    this.jit = parts.jit;
  }

  // made when asked for: who shapes rows otherwise needs none
  get read(): RowReader | null {
    if (this.#read === undefined) this.#read = rowReader(this.decoders, this.jit);
    return this.#read;
  }

  /** Rows of the statement's elements, with an object for each bundle. */
  bundled(elements: readonly ExpressionNode[]): RowShape {
    if (this.#bundled === undefined) {
      const { read, jit } = this;
      const readers = elementReaders(elements, jit);
      const arrange = (values: Row): Row => readers.map((element) => element(values));
      this.#bundled = {
        keys: elements.map((element, index) => labelOf(element) ?? `column_${index + 1}`),
        read: read === null ? arrange : (raw) => arrange(read(raw)),
      };
    }
    return this.#bundled;
  }
}

/** Makes row plans and keeps one for each compiled statement. */
export class RowPlans {
  readonly #types: TypeTable;
  readonly #jit: boolean | undefined;
  readonly #plans = new WeakMap<Compiled, RowPlan>();

  constructor(types: TypeTable, jit: boolean | undefined) {
    this.#types = types;
    this.#jit = jit;
  }

  /** The plan that all results of a statement have, once there was one; `null` where the driver's columns decide. */
  known(compiled: Compiled): RowPlan | null {
    const known = this.#plans.get(compiled);
    return known === undefined || known.driverColumns !== null ? null : known;
  }

  /** The plan for a result; `null` when the statement returned no rows. */
  of(compiled: Compiled, result: Pick<DriverResult, "columns">): RowPlan | null {
    const known = this.#plans.get(compiled);
    if (known !== undefined && known.driverColumns === null) return known;
    const { columns } = result;
    if (columns === null) return null;
    if (known !== undefined && sameColumns(known.driverColumns ?? [], columns)) return known;
    const plan = this.#make(compiled, columns);
    this.#plans.set(compiled, plan);
    return plan;
  }

  #make(compiled: Compiled, driverColumns: readonly DriverColumn[]): RowPlan {
    const columns = compiled.columns ?? [];
    const decoders = driverColumns.map((driverColumn, index): Decode | null => {
      const decode = columns[index]?.decode;
      return decode === undefined ? this.#types.decodeUntyped(driverColumn.type) : decode;
    });
    const known = compiled.columns !== null && columns.every((column) => column.decode !== undefined);
    return new RowPlan({
      keys: driverColumns.map((driverColumn, index) => columns[index]?.name ?? driverColumn.name),
      decoders,
      driverColumns: known ? null : driverColumns,
      jit: this.#jit,
    });
  }
}

function sameColumns(known: readonly DriverColumn[], columns: readonly DriverColumn[]): boolean {
  return (
    known === columns ||
    (known.length === columns.length &&
      known.every((column, index) => column.name === columns[index]?.name && column.type === columns[index]?.type))
  );
}
