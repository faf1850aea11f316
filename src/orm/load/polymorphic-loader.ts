import { InvalidRequestError } from "../../errors/index.ts";
import type { Decode } from "../../types/index.ts";
import type { ColumnProperty, Discrimination, EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { EntityLoader, ObjectLoader, Refreshing } from "./entity-loader.ts";
import type { LoadHost } from "./load-host.ts";

type Row = readonly unknown[];

/** How rows of one of the classes are read. */
interface Branch {
  readonly loader: EntityLoader;
  /** Where the class's columns stand in a row. */
  readonly places: readonly number[];
}

/** Turns rows of a table that several classes share into objects: each of the class that its discriminator says. */
export class PolymorphicLoader implements ObjectLoader {
  readonly mapper: EntityMapper;
  readonly width: number;
  readonly #whole: ReadonlyMap<EntityMapper, EntityLoader>;
  readonly #own: EntityLoader;
  readonly #place: number;
  readonly #decode: Decode | null;
  readonly #branches = new Map<EntityMapper, Branch>();
  readonly #byValue = new Map<unknown, Branch>();
  readonly #parts = new Map<string, PolymorphicLoader>();

  /** @param whole the loaders of the class and of all that extend it. */
  constructor(
    mapper: EntityMapper,
    whole: ReadonlyMap<EntityMapper, EntityLoader>,
    columns: readonly ColumnProperty[] = mapper.layout,
  ) {
    this.mapper = mapper;
    this.width = columns.length;
    this.#whole = whole;
    for (const [known, loader] of whole) {
      const own = known.columns.filter((column) => columns.includes(column));
      this.#branches.set(known, { loader: loader.only(own), places: own.map((column) => columns.indexOf(column)) });
    }
    const { discriminator } = mapper.hierarchy as Discrimination;
    this.#own = (this.#branches.get(mapper) as Branch).loader;
    this.#place = columns.indexOf(discriminator);
    this.#decode = this.#own.decoderOf(discriminator);
  }

  get alwaysRefreshes(): boolean {
    return this.#own.alwaysRefreshes;
  }

  only(columns: readonly ColumnProperty[]): PolymorphicLoader {
    const places = columns.map((column) => this.mapper.layout.indexOf(column)).join();
    let part = this.#parts.get(places);
    if (part === undefined) {
      part = new PolymorphicLoader(this.mapper, this.#whole, columns);
      this.#parts.set(places, part);
    }
    return part;
  }

  // what all the classes have comes first in a row
  key(row: Row, offset: number): unknown {
    return this.#own.key(row, offset);
  }

  create(row: Row, offset: number, key: unknown, host: LoadHost): InstanceState {
    const { loader, places } = this.#branchOf(row[offset + this.#place], key);
    return loader.create(picked(row, offset, places), 0, key, host);
  }

  refresh(state: InstanceState, row: Row, offset: number, how: Refreshing): void {
    const { loader, places } = this.#branches.get(state.mapper) as Branch;
    loader.refresh(state, picked(row, offset, places), 0, how);
  }

  #branchOf(raw: unknown, key: unknown): Branch {
    let branch = this.#byValue.get(raw);
    if (branch === undefined) {
      branch = this.#findBranch(raw, key);
      this.#byValue.set(raw, branch);
    }
    return branch;
  }

  #findBranch(raw: unknown, key: unknown): Branch {
    const value = raw === null || this.#decode === null ? raw : this.#decode(raw as never);
    const found = (this.mapper.hierarchy as Discrimination).classOf(value, key);
    const branch = this.#branches.get(found);
    if (branch !== undefined) return branch;
    throw new InvalidRequestError(
      `The row with key ${String(key)} is a ${found.name}, which is no ${this.mapper.name}. Select ${found.name} or a class that both extend.`,
    );
  }
}

function picked(row: Row, offset: number, places: readonly number[]): unknown[] {
  const own = new Array<unknown>(places.length);
  for (let index = 0; index < places.length; index += 1) own[index] = row[offset + (places[index] as number)];
  return own;
}

/** @throws InvalidRequestError for an object of another class than what its row is read as. */
export function refuseOtherClass(state: InstanceState, mapper: EntityMapper): void {
  if (state.mapper.isA(mapper)) return;
  throw new InvalidRequestError(
    `The row with key ${String(state.key)} is now a ${mapper.name}, and the session has it as a ${state.mapper.name}: ` +
      "its discriminator was changed. Take the object out with session.expunge(), and load it again.",
  );
}
