import { ArgumentError, InvalidRequestError } from "../errors/index.ts";
import type { ExecuteOptions, HasKey, IdentityIn, LoadOption, SynchronizeSession } from "../orm/index.ts";
import type { Result, ScalarResult } from "./results.ts";
import {
  type ColumnInput,
  deleteFrom,
  describeValue,
  type Executable,
  type ForUpdateOptions,
  func,
  type JoinTarget,
  type Operand,
  type ResultOf,
  type RowOf,
  type Select,
  type Selectable,
  select,
  type SqlExpression,
  update,
} from "../sql/index.ts";

type Row = readonly unknown[];
type Conditions = readonly Operand<boolean | null>[];

/** What a query asks of its session. */
interface QuerySession {
  execute<R extends Row>(statement: Executable<R>, params?: undefined, options?: ExecuteOptions): Result<R>;
  scalars<R extends Row>(statement: Executable<R>, params?: undefined, options?: ExecuteOptions): ScalarResult<R[0]>;
  get(entity: never, identity: never): unknown;
}

/** What a query of these elements gives: the objects or values of a single one, else rows. */
export type QueryItem<E extends readonly unknown[]> = E extends readonly [infer Only] ? ResultOf<Only> : RowOf<E>;

/** Values by column, of a query that is about one class. */
type ValuesOf<E extends readonly unknown[]> = E[0] extends { readonly c: object } ? ColumnInput<E[0]> : never;

/** The class that a query is about, where it is about one. */
type EntityOf<E extends readonly unknown[]> = E[0];

/**
 * The legacy way to query, of sync sessions: a SELECT that knows its session. New code writes `select(…)`, which every
 * session takes; a query is made of one (`statement`).
 *
 * Every method gives a new query; nothing is sent before rows are asked for.
 */
export class Query<E extends readonly unknown[] = readonly unknown[]> implements Iterable<QueryItem<E>> {
  readonly #session: QuerySession;
  readonly #entities: E;
  readonly #statement: Select<Row>;
  readonly #criteria: Conditions;

  constructor(session: object, entities: E, statement?: Select<Row>, criteria: Conditions = []) {
    this.#session = session as QuerySession;
    this.#entities = entities;
    this.#statement = statement ?? select(...(entities as unknown as readonly Selectable[]));
    this.#criteria = criteria;
  }

  /** The SELECT it stands for, for `session.execute` or as part of another one. */
  get statement(): Select<RowOf<E>> {
    return this.#statement as unknown as Select<RowOf<E>>;
  }

  /** Rows for which all conditions are true; several calls add up. */
  filter(...criteria: Conditions): Query<E> {
    return this.#with(this.#statement.where(...criteria), [...this.#criteria, ...criteria]);
  }
  /** The same as `filter`. */
  where(...criteria: Conditions): Query<E> {
    return this.filter(...criteria);
  }
  /** Rows whose columns have these values: `filterBy({ name: "Alice" })`. */
  filterBy(values: ValuesOf<E>): Query<E> {
    const columns = this.#columns("filterBy");
    const criteria = Object.entries(values).map(([key, value]) => conditionOn(columns, key, value));
    return this.filter(...criteria);
  }
  join(target: JoinTarget, on?: Operand<boolean | null>): Query<E> {
    return this.#with(this.#statement.join(target, on));
  }
  outerJoin(target: JoinTarget, on?: Operand<boolean | null>): Query<E> {
    return this.#with(this.#statement.outerJoin(target, on));
  }
  selectFrom(...elements: readonly unknown[]): Query<E> {
    return this.#with(this.#statement.selectFrom(...elements));
  }
  orderBy(...expressions: readonly (Operand | string)[]): Query<E> {
    return this.#with(this.#statement.orderBy(...expressions));
  }
  groupBy(...expressions: readonly Operand[]): Query<E> {
    return this.#with(this.#statement.groupBy(...expressions));
  }
  having(...criteria: Conditions): Query<E> {
    return this.#with(this.#statement.having(...criteria));
  }
  distinct(...on: readonly Operand[]): Query<E> {
    return this.#with(this.#statement.distinct(...on));
  }
  limit(count: number | null): Query<E> {
    return this.#with(this.#statement.limit(count));
  }
  offset(count: number | null): Query<E> {
    return this.#with(this.#statement.offset(count));
  }
  options(...options: readonly LoadOption[]): Query<E> {
    return this.#with(this.#statement.options(...options));
  }
  executionOptions(options: Readonly<Record<string, unknown>>): Query<E> {
    return this.#with(this.#statement.executionOptions(options));
  }
  /** Overwrite loaded objects, and changes not flushed, by what the database says. */
  populateExisting(): Query<E> {
    return this.executionOptions({ populateExisting: true });
  }
  withForUpdate(options: ForUpdateOptions = {}): Query<E> {
    return this.#with(this.#statement.withForUpdate(options));
  }

  all(): QueryItem<E>[] {
    return this.#isSingle ? this.#scalars().all() : (this.#rows().all() as QueryItem<E>[]);
  }
  /** The first row, `null` when there is none; no more than one is read. */
  first(): QueryItem<E> | null {
    const limited = this.#statement.toNode().limit === null ? this.limit(1) : this;
    return limited.#isSingle ? limited.#scalars().first() : (limited.#rows().first() as QueryItem<E> | null);
  }
  /** @throws NoResultFound when there is no row, MultipleResultsFound when there are several. */
  one(): QueryItem<E> {
    return this.#isSingle ? this.#scalars().one() : (this.#rows().one() as QueryItem<E>);
  }
  /** @throws MultipleResultsFound when there are several rows. */
  oneOrNone(): QueryItem<E> | null {
    return this.#isSingle ? this.#scalars().oneOrNone() : (this.#rows().oneOrNone() as QueryItem<E> | null);
  }
  /** The first column of the only row, `null` when there is none. @throws MultipleResultsFound when there are several rows. */
  scalar(): unknown {
    return this.#rows().oneOrNone()?.[0] ?? null;
  }
  /** The object of a primary key; see `Session.get`. */
  get(identity: KeyOf<EntityOf<E>>): InstanceOf<EntityOf<E>> | null {
    this.#columns("get");
    if (this.#statement.toNode().where.length > 0) throw restricted("get");
    return this.#session.get(this.#entities[0] as never, identity as never) as InstanceOf<EntityOf<E>> | null;
  }
  /** How many rows it has. */
  count(): number {
    const rows = this.#statement.orderBy().subquery();
    return this.#session.scalars(select(func.count()).selectFrom(rows)).one();
  }
  /** Whether it has a row, as a condition for another query: `session.query(query.exists()).scalar()`. */
  exists(): SqlExpression<boolean> {
    return this.#statement.exists();
  }
  /** Updates the rows by one statement, and answers how many there were; see `update`. */
  update(values: ColumnInput<EntityOf<E>>, options: { readonly synchronizeSession?: SynchronizeSession } = {}): number {
    const entity = this.#changed("update");
    const statement = update(entity)
      .where(...this.#criteria)
      .values(values);
    return this.#session.execute(statement, undefined, options).rowcount;
  }
  /** Deletes the rows by one statement, and answers how many there were; see `deleteFrom`. */
  delete(options: { readonly synchronizeSession?: SynchronizeSession } = {}): number {
    const statement = deleteFrom(this.#changed("delete")).where(...this.#criteria);
    return this.#session.execute(statement, undefined, options).rowcount;
  }

  [Symbol.iterator](): IterableIterator<QueryItem<E>> {
    return this.all()[Symbol.iterator]();
  }

  get #isSingle(): boolean {
    return this.#entities.length === 1;
  }

  #with(statement: Select<Row>, criteria: Conditions = this.#criteria): Query<E> {
    return new Query(this.#session, this.#entities, statement, criteria);
  }

  #scalars(): ScalarResult<QueryItem<E>> {
    return this.#session.scalars(this.#statement) as ScalarResult<QueryItem<E>>;
  }

  #rows(): Result<Row> {
    return this.#session.execute(this.#statement);
  }

  /** The columns of the class it is about. */
  #columns(method: string): Readonly<Record<string, Operand & { eq(value: unknown): Operand<boolean | null> }>> {
    const [entity] = this.#entities;
    if (typeof entity === "function" && "c" in entity) return entity.c as never;
    throw new ArgumentError(
      `${method}() needs a query of a mapped class: session.query(User). This one begins with ${describeValue(entity)}.`,
    );
  }

  /** The class whose rows are changed; what UPDATE and DELETE have no place for is refused. */
  #changed(method: "update" | "delete"): object {
    this.#columns(method);
    const { joins, limit, offset, groupBy, distinct, orderBy } = this.#statement.toNode();
    const hasMore = joins.length + groupBy.length + orderBy.length > 0 || limit !== null || offset !== null || distinct;
    if (hasMore || !this.#isSingle) throw restricted(method);
    return this.#entities[0] as object;
  }
}

/** The objects of a class. */
type InstanceOf<C> = C extends abstract new (...args: never) => infer I ? I : never;
type KeyOf<C> = C extends HasKey<infer K> ? IdentityIn<K> : unknown;

function conditionOn(
  columns: Readonly<Record<string, { eq(value: unknown): Operand<boolean | null> }>>,
  key: string,
  value: unknown,
): Operand<boolean | null> {
  return (columns[key] as { eq(given: unknown): Operand<boolean | null> }).eq(value);
}

function restricted(method: string): InvalidRequestError {
  return new InvalidRequestError(
    method === "get"
      ? "get() looks an object up by its key alone; this query has conditions. Use filter(…).oneOrNone()."
      : `Query.${method}() takes a query of one class with nothing but filter(): joins, order, limits and groups have no place in it. ` +
          `Write the statement: ${method === "update" ? "update(User).where(…).values(…)" : "deleteFrom(User).where(…)"}.`,
  );
}
