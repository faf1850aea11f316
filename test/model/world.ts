import { backReferences, type ClassName, shapes } from "./shapes.ts";

/** What the tables must hold, and what objects must show: the oracle, as plain data. */

/** Stands for a row and for the object of it; a row keeps its number when its key changes. */
export type Id = number;
/** A column's value as plain data: dates as milliseconds, bytes as a list. */
export type Plain = unknown;

export interface Row {
  readonly cls: ClassName;
  readonly columns: Readonly<Record<string, Plain>>;
  readonly references: Readonly<Record<string, Id | null>>;
}

export interface Tables {
  readonly rows: Map<Id, Row>;
  /** `"item:tag"` */
  readonly links: Set<string>;
}

export type Status = "transient" | "pending" | "persistent" | "deleted" | "detached";

/** A new object outside of the session, with what its relationships hold. */
export interface Outsider {
  readonly row: Row;
  readonly members: readonly { readonly name: string; readonly id: Id }[];
  readonly linked: readonly string[];
  /** It was written, then deleted or expired, and rolled back: of it only its columns are known. */
  readonly isBare: boolean;
}

function copy(tables: Tables): Tables {
  return { rows: new Map(tables.rows), links: new Set(tables.links) };
}

function lacksTarget({ cls, references }: Row): boolean {
  return Object.entries(shapes[cls].references).some(
    ([name, reference]) => reference.isRequired && references[name] == null,
  );
}

export class World {
  /** What the database holds, as the session's transaction sees it. */
  flushed: Tables = { rows: new Map(), links: new Set() };
  /** As they were before the last flush that deleted something. */
  beforeDeletion: Tables = this.flushed;
  /** What objects say: the above with what is not flushed. */
  now: Tables = copy(this.flushed);
  /** What each level found when it began: the transaction, then its savepoints. */
  levels: Tables[] = [copy(this.flushed)];
  readonly marked: Set<Id> = new Set();
  readonly status: Map<Id, Status> = new Map();
  readonly outside: Map<Id, Outsider> = new Map();
  /** Objects whose relationships were expired: were they new, a rollback could not give them back. */
  readonly blurred: Set<Id> = new Set();
  /** New objects written in the transaction: the level, and what the program had made them. */
  readonly #inserted = new Map<Id, { level: number; row: Row }>();
  #last = 0;

  get depth(): number {
    return this.levels.length - 1;
  }

  row(id: Id): Row {
    const row = this.now.rows.get(id);
    if (row === undefined) throw new Error(`the model has no row ${id}`);
    return row;
  }

  ids(cls: ClassName, tables: Tables = this.now): readonly Id[] {
    return [...tables.rows].filter(([, row]) => row.cls === cls).map(([id]) => id);
  }

  /** Who refers to an object. */
  members(id: Id, name: string, tables: Tables = this.now): readonly Id[] {
    return [...tables.rows].filter(([, row]) => row.references[name] === id).map(([member]) => member);
  }

  linked(id: Id, tables: Tables = this.now): readonly Id[] {
    return [...tables.links]
      .map((link) => link.split(":").map(Number) as [Id, Id])
      .filter((pair) => pair.includes(id))
      .map(([left, right]) => (left === id ? right : left));
  }

  // ---- edits ----

  make(cls: ClassName, columns: Row["columns"], references: Row["references"]): Id {
    this.#last += 1;
    this.now.rows.set(this.#last, { cls, columns, references });
    this.status.set(this.#last, "pending");
    return this.#last;
  }

  setColumn(id: Id, name: string, value: Plain): void {
    const row = this.row(id);
    this.now.rows.set(id, { ...row, columns: { ...row.columns, [name]: value } });
  }

  /** The object refers to another target; where one object at most may, the other loses it. */
  refer(id: Id, name: string, target: Id | null): void {
    const row = this.row(id);
    const reference = shapes[row.cls].references[name];
    if (reference?.isSingle && target !== null)
      for (const other of this.members(target, name))
        if (this.row(other).cls === row.cls) this.refer(other, name, null);
    this.now.rows.set(id, { ...row, references: { ...row.references, [name]: target } });
    // a new part that nothing has any more is forgotten at once
    if (target === null && reference?.isOrphanDeleted && this.status.get(id) === "pending") this.forget(id);
  }

  link(left: Id, right: Id, isLinked: boolean): void {
    const pair = this.row(left).cls === "Item" ? `${left}:${right}` : `${right}:${left}`;
    if (isLinked) this.now.links.add(pair);
    else this.now.links.delete(pair);
  }

  /** A new object leaves the session. */
  forget(id: Id): void {
    this.#putOutside(id, this.row(id));
    this.#vanish(id);
  }

  #vanish(id: Id): void {
    this.now.rows.delete(id);
    for (const [other, row] of this.now.rows)
      for (const [name, target] of Object.entries(row.references)) if (target === id) this.refer(other, name, null);
    this.#unlinkAll(id);
  }

  #unlinkAll(id: Id): void {
    for (const pair of this.now.links) if (pair.split(":").includes(String(id))) this.now.links.delete(pair);
  }

  #putOutside(id: Id, row: Row): void {
    const isBare = !this.now.rows.has(id) || this.blurred.has(id);
    const members = backReferences(row.cls).flatMap(({ name, holder }) =>
      this.members(id, name)
        .filter((member) => this.row(member).cls === holder)
        .map((member) => ({ name, id: member })),
    );
    const linked = [...this.now.links].filter((pair) => pair.split(":").includes(String(id)));
    this.outside.set(id, { row, members, linked, isBare });
    this.status.set(id, "transient");
  }

  /** A new object that was outside comes in again, with all that it holds. */
  readd(id: Id): void {
    const found = this.outside.get(id);
    if (found === undefined) return;
    this.outside.delete(id);
    this.now.rows.set(id, found.row);
    this.status.set(id, "pending");
    for (const [name, target] of Object.entries(found.row.references)) {
      if (target === null) continue;
      this.readd(target);
      this.refer(id, name, target);
    }
    for (const member of found.members) {
      this.readd(member.id);
      this.refer(member.id, member.name, id);
    }
    for (const pair of found.linked) {
      for (const end of pair.split(":")) this.readd(Number(end));
      this.now.links.add(pair);
    }
  }

  /** What a new object outside holds is still there to be referred to. */
  canReadd(id: Id, seen: Set<Id> = new Set()): boolean {
    if (seen.has(id)) return true;
    seen.add(id);
    const found = this.outside.get(id);
    if (found === undefined) return this.now.rows.has(id) && !this.marked.has(id);
    if (found.isBare || lacksTarget(found.row)) return false;
    const others = [
      ...Object.values(found.row.references).filter((target) => target !== null),
      ...found.members.map((member) => member.id),
      ...found.linked.flatMap((pair) => pair.split(":").map(Number)),
    ];
    return others.every((other) => this.canReadd(other, seen));
  }

  // ---- what the session does ----

  get hasDeletions(): boolean {
    return this.marked.size > 0 || this.#orphans().length > 0;
  }

  #orphans(): readonly Id[] {
    return [...this.now.rows.keys()].filter((id) => {
      const { cls, references } = this.row(id);
      return Object.entries(shapes[cls].references).some(
        ([name, reference]) =>
          reference.isOrphanDeleted && references[name] === null && this.flushed.rows.get(id)?.references[name] != null,
      );
    });
  }

  flush(): void {
    const deleted = new Set<Id>();
    let wave: readonly Id[] = [...this.marked, ...this.#orphans()];
    while (wave.length > 0) {
      for (const id of wave) deleted.add(id);
      wave = wave.flatMap((id) => this.#deleteAlong(id)).filter((id) => !deleted.has(id));
    }
    if (deleted.size > 0) this.beforeDeletion = this.flushed;
    // new objects that go with a deleted one are forgotten
    const isNew = (id: Id): boolean => this.status.get(id) === "pending";
    const forgotten = [...deleted].filter(isNew);
    for (const id of forgotten) this.#putOutside(id, this.row(id));
    for (const id of forgotten) this.#vanish(id);
    for (const id of deleted) if (!forgotten.includes(id)) this.#remove(id);
    this.marked.clear();
    for (const [id, row] of this.now.rows) {
      if (this.status.get(id) !== "pending") continue;
      this.status.set(id, "persistent");
      this.#inserted.set(id, { level: this.depth, row });
      if (row.cls === "Owner" && row.columns["rank"] == null) this.setColumn(id, "rank", 7);
      if (row.cls === "Owner" && row.columns["level"] == null) this.setColumn(id, "level", 0);
    }
    this.flushed = copy(this.now);
  }

  /** Clears or collects what refers to a deleted object. */
  #deleteAlong(id: Id): readonly Id[] {
    const found: Id[] = [];
    for (const { holder, name, reference } of backReferences(this.row(id).cls)) {
      const lost = this.members(id, name, this.flushed).filter(
        (member) => this.now.rows.get(member)?.references[name] === null,
      );
      for (const member of new Set([...this.members(id, name), ...lost])) {
        if (this.row(member).cls !== holder) continue;
        if (reference.deletes) found.push(member);
        else this.refer(member, name, null);
      }
    }
    return found;
  }

  #remove(id: Id): void {
    this.now.rows.delete(id);
    this.status.set(id, "deleted");
    this.#unlinkAll(id);
  }

  begin(): void {
    this.flush();
    this.levels.push(copy(this.flushed));
  }

  release(): void {
    this.flush();
    this.levels.pop();
    for (const entry of this.#inserted.values()) entry.level = Math.min(entry.level, this.depth);
  }

  commit(): void {
    this.flush();
    this.levels = [copy(this.flushed)];
    this.#inserted.clear();
    this.blurred.clear();
    for (const [id, status] of this.status) if (status === "deleted") this.status.set(id, "detached");
  }

  /** Back to what a level found when it began, through those inside it. */
  rollback(level: number): void {
    for (let inner = this.depth; inner >= level; inner -= 1) this.#rollbackOne(inner);
  }

  #rollbackOne(level: number): void {
    const found = this.levels[level];
    if (found === undefined) throw new Error(`the model has no level ${level}`);
    for (const [id, status] of this.status) {
      if (status === "pending") this.#putOutside(id, this.row(id));
      if (status !== "persistent" && status !== "deleted") continue;
      const inserted = this.#inserted.get(id);
      if (inserted === undefined || inserted.level < level) {
        if (found.rows.has(id)) this.status.set(id, "persistent");
        continue;
      }
      const { columns } = inserted.row;
      this.#putOutside(id, { ...(this.now.rows.get(id) ?? inserted.row), columns });
      this.#inserted.delete(id);
    }
    this.flushed = copy(found);
    this.now = copy(found);
    this.marked.clear();
    this.levels = [...this.levels.slice(0, level), copy(found)].slice(0, Math.max(level, 1));
  }

  /** The session lets go of all objects. */
  close(): void {
    this.rollback(0);
    this.outside.clear();
    this.status.clear();
    for (const id of this.now.rows.keys()) this.status.set(id, "persistent");
  }

  /** Another connection wrote a row, between transactions. */
  changeOutside(id: Id, name: string, value: Plain): void {
    this.setColumn(id, name, value);
    this.flushed = copy(this.now);
    this.levels = [copy(this.now)];
  }

  // ---- what columns hold ----

  /** All columns of a row, keys of others included. */
  values(id: Id, tables: Tables = this.now): Readonly<Record<string, Plain>> {
    const row = tables.rows.get(id);
    if (row === undefined) throw new Error(`the model has no row ${id}`);
    const values: Record<string, Plain> = { ...row.columns };
    for (const [name, reference] of Object.entries(shapes[row.cls].references)) {
      const target = row.references[name] ?? null;
      const key = target === null ? {} : (tables.rows.get(target)?.columns ?? {});
      for (const [column, from] of Object.entries(reference.columns)) values[column] = key[from] ?? null;
    }
    return values;
  }
}
