import { listen } from "../../src/engine/index.ts";
import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { AsyncSession } from "../../src/facade/async-session.ts";
import { inspect } from "../../src/facade/inspect.ts";
import { Session } from "../../src/facade/session.ts";
import type { SessionOptions } from "../../src/orm/index.ts";
import { type ClassName, shapes } from "./shapes.ts";
import type { Id, Tables } from "./world.ts";
import { World } from "./world.ts";

export interface RigOptions {
  readonly mode: "sync" | "async";
  readonly autoflush: boolean;
  readonly expireOnCommit: boolean;
}

/** The real thing: a session and its objects, beside the world that says how they must be. */
export class Rig {
  readonly engine: AsyncEngine;
  readonly options: RigOptions;
  readonly session: AsyncSession;
  readonly world: World = new World();
  /** What the program holds. */
  readonly objects: Map<Id, object> = new Map();
  readonly #ids = new WeakMap<object, Id>();
  readonly savepoints: { rollback(): Promise<void>; commit(): Promise<void> }[] = [];
  /** Attributes taken away by `expire()`: they may be missing until they are read. */
  readonly expired: Set<Id> = new Set();
  /** A flush of some objects is under way; the world knows only whole ones. */
  isPartly = false;
  /** The program so far, as source text. */
  readonly lines: string[] = [];
  #serial = 0;

  constructor(engine: AsyncEngine, options: RigOptions) {
    this.engine = engine;
    this.options = options;
    const { autoflush, expireOnCommit } = options;
    this.session = this.another({ autoflush, expireOnCommit });
    // only when a flush happens is taken from the session: what it does is the world's own
    listen(this.session, "afterFlushPostexec", () => {
      if (!this.isPartly) this.flushed();
    });
    this.say(`const session = new Session(engine, ${JSON.stringify({ autoflush, expireOnCommit })});`);
  }

  /** A session of the same kind. */
  another(options: SessionOptions = {}): AsyncSession {
    const make = this.options.mode === "sync" ? Session : AsyncSession;
    return new (make as typeof AsyncSession)(this.engine, options);
  }

  say(line: string): void {
    this.lines.push(line);
  }

  /** A number never used before in this program. */
  serial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  name(id: Id | null): string {
    if (id === null) return "null";
    const cls = this.world.now.rows.get(id)?.cls ?? this.world.outside.get(id)?.row.cls ?? "object";
    return `${cls.toLowerCase()}${id}`;
  }

  object(id: Id): Record<string, unknown> {
    const object = this.objects.get(id);
    if (object === undefined) throw new Error(`the program does not hold ${this.name(id)}`);
    return object as Record<string, unknown>;
  }

  hold(id: Id, object: object): void {
    const known = this.objects.get(id);
    if (known !== undefined && known !== object) throw new Error(`${this.name(id)} is two objects`);
    this.objects.set(id, object);
    this.#ids.set(object, id);
  }

  letGo(): void {
    this.objects.clear();
    this.expired.clear();
  }

  idOf(object: unknown): Id | undefined {
    return typeof object === "object" && object !== null ? this.#ids.get(object) : undefined;
  }

  /** Objects of a class that a program could work with: held, not deleted. */
  held(cls: ClassName): readonly Id[] {
    return this.world.ids(cls).filter((id) => this.objects.has(id) && !this.world.marked.has(id));
  }

  /** Gives numbers to objects that the session loaded by itself, by their keys. */
  sweep(): void {
    for (const object of this.session) {
      if (this.idOf(object) !== undefined && this.objects.get(this.idOf(object) as Id) === object) continue;
      const id = this.#byKey(object);
      if (id === undefined && this.#isKeptOrphan(object)) continue;
      if (id === undefined) throw new Error(`the session has an object without a row: ${JSON.stringify(object)}`);
      this.hold(id, object);
    }
  }

  #byKey(object: object, tables: Tables = this.world.flushed): Id | undefined {
    const cls = object.constructor.name as ClassName;
    const identity = JSON.stringify(inspect(object).identity);
    return this.world.ids(cls, tables).find((id) => identity === JSON.stringify(this.key(id, tables)));
  }

  /**
   * A flush for the sake of reading a relationship leaves orphans to the next one; here they count as deleted at once. This
   * is one that the session loaded only to find that it is an orphan.
   */
  #isKeptOrphan(object: object): boolean {
    const { references } = shapes[object.constructor.name as ClassName];
    const isLost = ([name, { isOrphanDeleted }]: [string, { readonly isOrphanDeleted: boolean }]): boolean =>
      isOrphanDeleted && (object as Record<string, unknown>)[name] === null;
    return Object.entries(references).some(isLost) && this.#byKey(object, this.world.beforeDeletion) !== undefined;
  }

  /** The key of a row in the database. */
  key(id: Id, tables: Tables = this.world.flushed): readonly unknown[] {
    const row = tables.rows.get(id);
    return row === undefined ? [] : shapes[row.cls].key.map((column) => row.columns[column]);
  }

  /** The session has flushed: so does the world. */
  flushed(): void {
    this.world.flush();
    this.#adoptKeys();
  }

  /** Keys that the database made become known. */
  #adoptKeys(): void {
    for (const tables of [this.world.flushed, this.world.now]) {
      for (const [id, row] of tables.rows) {
        if (!shapes[row.cls].isKeyGenerated || row.columns["id"] !== undefined) continue;
        const key = this.object(id)["id"];
        if (typeof key !== "number") throw new Error(`${this.name(id)} was written and has no key`);
        tables.rows.set(id, { ...row, columns: { ...row.columns, id: key } });
      }
    }
  }
}
