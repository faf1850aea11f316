import { type EntityReader, entityReader } from "../../hydrate/index.ts";
import { StaleDataError } from "../../errors/index.ts";
import { isOperand } from "../../sql/index.ts";
import type { Decode } from "../../types/index.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { keyPart, rowKey } from "../state/identity-map.ts";
import { InstanceState, NOT_LOADED, stampState } from "../state/instance-state.ts";
import { defineColumn } from "../state/attributes.ts";
import { alignReferences, discardReferences } from "../state/loaded-relation.ts";
import type { LoadHost } from "./load-host.ts";

interface LoadedColumn {
  readonly property: ColumnProperty;
  /** Its place in the rows of the result. */
  readonly place: number;
  readonly decode: Decode | null;
}

type DecoderOf = (property: ColumnProperty) => Decode | null;

/** Turns rows into objects of a class. */
export interface ObjectLoader {
  readonly mapper: EntityMapper;
  /** How many columns of a row are its own. */
  readonly width: number;
  readonly alwaysRefreshes: boolean;
  only(columns: readonly ColumnProperty[]): ObjectLoader;
  key(row: readonly unknown[], offset: number): unknown;
  create(row: readonly unknown[], offset: number, key: unknown, host: LoadHost): InstanceState;
  refresh(state: InstanceState, row: readonly unknown[], offset: number, how: Refreshing): void;
}

/** Turns rows into objects of one class, one object for each row's key in a session (spec B30). */
export class EntityLoader implements ObjectLoader {
  readonly mapper: EntityMapper;
  readonly width: number;
  readonly #columns: readonly LoadedColumn[];
  readonly #read: EntityReader;
  readonly #keyPlaces: readonly number[];
  readonly #keyDecoders: readonly (Decode | null)[];
  readonly #version: LoadedColumn | null;
  /** Its rows bring objects up to date whatever the statement. */
  readonly alwaysRefreshes: boolean;
  readonly #decode: DecoderOf;
  readonly #jit: boolean | undefined;
  readonly #parts = new Map<string, EntityLoader>();

  constructor(
    mapper: EntityMapper,
    decode: DecoderOf,
    jit: boolean | undefined,
    columns: readonly ColumnProperty[] = mapper.columns,
  ) {
    this.mapper = mapper;
    this.#decode = decode;
    this.#jit = jit;
    this.width = columns.length;
    this.#columns = columns.map((property, place) => ({ property, place, decode: decode(property) }));
    this.#read = entityReader(
      {
        prototype: mapper.prototype,
        columns: this.#columns.map(({ property, decode: read }) => ({
          key: property.key,
          decode: read,
          snapshot: property.tracker.kind === "same" ? null : property.tracker.snapshot,
        })),
      },
      jit,
    );
    this.#keyPlaces = mapper.primaryKey.map((property) => columns.indexOf(property));
    const { version, alwaysRefresh } = mapper.rules;
    this.#version =
      version === null ? null : (this.#columns.find(({ property }) => property === version.property) ?? null);
    this.alwaysRefreshes = alwaysRefresh;
    this.#keyDecoders = this.#keyPlaces.map((place) => this.#columns[place]?.decode ?? null);
  }

  /** How the driver's values of a column become the program's. */
  decoderOf(property: ColumnProperty): Decode | null {
    return this.#decode(property);
  }

  /** The loader of rows that have only these columns. */
  only(columns: readonly ColumnProperty[]): EntityLoader {
    if (columns.length === this.mapper.columns.length) return this;
    const key = columns.map(({ index }) => index).join();
    let part = this.#parts.get(key);
    if (part === undefined) {
      part = new EntityLoader(this.mapper, this.#decode, this.#jit, columns);
      this.#parts.set(key, part);
    }
    return part;
  }

  get #isWhole(): boolean {
    return this.width === this.mapper.columns.length;
  }

  /** The key of a row, from its raw values; `undefined` for the absent side of an outer join. */
  key(row: readonly unknown[], offset: number): unknown {
    const [place] = this.#keyPlaces;
    if (place !== undefined && this.#keyPlaces.length === 1) {
      const raw = row[offset + place];
      if (raw === null) return undefined;
      const decode = this.#keyDecoders[0];
      return keyPart(decode == null ? raw : decode(raw as never));
    }
    return rowKey(
      this.#keyPlaces.map((column, index) => {
        const raw = row[offset + column];
        const decode = this.#keyDecoders[index];
        return raw === null || decode == null ? raw : decode(raw as never);
      }),
      this.mapper.rules.allowPartialPks,
    );
  }

  /** The object of a row that the session does not have. Takes the row over when it holds nothing else. */
  create(row: readonly unknown[], offset: number, key: unknown, host: LoadHost): InstanceState {
    const { width } = this;
    const own = (offset === 0 && row.length === width ? row : row.slice(offset, offset + width)) as unknown[];
    const object = this.#read(own);
    const state = new InstanceState(this.mapper, object);
    state.status = "persistent";
    state.key = key;
    state.row = own;
    if (!this.#isWhole) this.#spread(state, own);
    state.owner = host;
    state.epoch = host.epoch;
    stampState(object, state);
    return state;
  }

  /** Puts the columns of a row in the places they have in whole rows. */
  #spread(state: InstanceState, own: readonly unknown[]): void {
    const row: unknown[] = this.mapper.columns.map(() => NOT_LOADED);
    for (const { property, place } of this.#columns) row[property.index] = own[place];
    state.row = row;
    state.partial = true;
  }

  /**
   * Brings an object up to date; what was changed since the last flush stays, unless `overwrite`.
   *
   * @throws StaleDataError when the row was locked for an object of another version, loaded in this transaction.
   */
  refresh(state: InstanceState, row: readonly unknown[], offset: number, how: Refreshing): void {
    const { overwrite, fill, locked } = how;
    const kept = state.row ?? [];
    // with some columns of a newer row, the object is still what it was made of as a whole
    const isPart = !this.#isWhole && !overwrite;
    const pinned =
      this.#version === null || overwrite || fill
        ? null
        : isPart
          ? this.#version.property
          : this.#pinnedVersion(state, row, offset, locked);
    for (const { property, place, decode } of this.#columns) {
      const old = kept[property.index];
      if (old !== NOT_LOADED && (fill || property === pinned)) continue;
      const raw = row[offset + place];
      const value = raw === null || decode === null ? raw : decode(raw as never);
      const isOurs = !overwrite && isSet(state, property, old);
      kept[property.index] = value === null ? null : property.tracker.snapshot(value);
      if (!isOurs) defineColumn(state.object, property.key, value);
    }
    state.row = kept;
    if (overwrite) state.marks = null;
    state.partial = state.marks !== null || (!this.#isWhole && kept.includes(NOT_LOADED));
    if (!fill) {
      state.knownEmpty = false;
      if (this.#isWhole || !this.#leavesLoaded(kept)) state.epoch = state.owner?.epoch ?? 0;
    }
    if (state.slots === null) return;
    if (overwrite) discardReferences(state);
    alignReferences(state);
  }

  /** The object has columns that these rows do not have. */
  #leavesLoaded(kept: readonly unknown[]): boolean {
    const own = new Set(this.#columns.map(({ property }) => property.index));
    return kept.some((value, index) => value !== NOT_LOADED && !own.has(index));
  }

  /**
   * The version column, if the object keeps the version it has: changes not flushed were made on that one, so the UPDATE must
   * find out that somebody else has changed the row.
   */
  #pinnedVersion(
    state: InstanceState,
    row: readonly unknown[],
    offset: number,
    locked: boolean,
  ): ColumnProperty | null {
    const { property, place, decode } = this.#version as LoadedColumn;
    const kept = state.row?.[property.index];
    if (kept === undefined || kept === NOT_LOADED) return null;
    const raw = row[offset + place];
    const there = raw === null || decode === null ? raw : decode(raw as never);
    if (there === null || kept === null ? there === kept : !property.tracker.differs(there, kept)) return null;
    if (locked && !state.isStale)
      throw otherVersion(state, kept === null ? null : property.tracker.restore(kept), there);
    const { columns } = this.mapper;
    return columns.some((column) => isSet(state, column, state.row?.[column.index])) ? property : null;
  }
}

function otherVersion(state: InstanceState, loaded: unknown, there: unknown): StaleDataError {
  return new StaleDataError(
    `${state.mapper.name} with key ${String(state.key)} was loaded with version ${String(loaded)}, and its row, now locked, has version ` +
      `${String(there)}: somebody else changed it. session.refresh() it, or execute the query with { populateExisting: true }.`,
    { objects: [state.object] },
  );
}

/** How a row brings an object up to date. */
export interface Refreshing {
  /** Changes not flushed are lost. */
  readonly overwrite: boolean;
  /** Only what is not loaded is taken. */
  readonly fill: boolean;
  /** The row was locked by the statement that read it. */
  readonly locked: boolean;
}

/** The program gave the column a value that is not flushed. */
function isSet(state: InstanceState, property: ColumnProperty, kept: unknown): boolean {
  return kept === NOT_LOADED ? Object.hasOwn(state.object, property.key) : isChanged(state, property, kept);
}

/** Tells whether an object's value of a column is another than what was kept of it. */
export function isChanged(state: InstanceState, property: ColumnProperty, kept: unknown): boolean {
  const value = state.value(property.key);
  if (value === null || kept === null) return value !== kept;
  return property.tracker.differs(value, kept) || isOperand(value);
}

/** Tells whether a relationship was loaded and is still to be trusted. */
export function isCurrent(state: InstanceState, property: RelationshipProperty): boolean {
  const slot = state.slots?.[property.index];
  return slot !== undefined && slot.loaded && slot.epoch === state.owner?.epoch;
}
