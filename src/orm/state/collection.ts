/** From here on looking a member up in a set beside the array is worth its memory. */
const LARGE = 64;

/** Who hears of changes to a collection. */
export interface CollectionListener {
  /** What is taken for these new members; refuses those of another class, before anything has changed. */
  admit(members: readonly object[]): readonly object[];
  added(member: object): void;
  removed(member: object): void;
}

/**
 * A collection of related objects: an array whose methods keep the other side of the relationship in step at once.
 *
 * Writing `posts[0] = x` or `posts.length = 0` is noticed at the next flush.
 */
export class RelationArray extends Array<object> {
  #listener: CollectionListener | null = null;
  /** The members, beside a large array; what is written by index or length makes it out of date until the next flush. */
  #known: Set<object> | null = null;

  /** Makes a collection of these members. */
  static make(members: readonly object[], listener: CollectionListener): RelationArray {
    const { length } = members;
    // of the length it has: one that grows takes room for 17 at once
    const collection = length === 0 ? new RelationArray() : new RelationArray(length);
    for (let index = 0; index < length; index += 1) collection[index] = members[index] as object;
    collection.#listener = listener;
    return collection;
  }

  /** Ends the collection's life: further changes to it concern nobody. */
  release(): void {
    this.#listener = null;
  }

  /** Tells whether an object is a member; many such questions about a large collection cost no more than one search. */
  has(member: object): boolean {
    if (this.length < LARGE) return this.includes(member);
    if (this.#known?.size !== this.length) this.#known = new Set(this);
    return this.#known.has(member);
  }

  /** Members were written in a way that no method saw. */
  recount(): void {
    this.#known = null;
  }

  /** Adds a member without telling anybody. */
  addSilently(member: object): void {
    this[this.length] = member;
    this.#known?.add(member);
  }
  /** Removes a member without telling anybody. */
  removeSilently(member: object): void {
    const place = this.indexOf(member);
    if (place < 0) return;
    if (this.#known?.size === this.length) this.#known.delete(member);
    else this.#known = null; // it may stand here twice
    super.splice(place, 1);
  }

  // map, filter and slice give plain arrays
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  override push(...members: object[]): number {
    const taken = this.#listener?.admit(members) ?? members;
    super.push(...taken);
    this.#tell(taken, []);
    return this.length;
  }
  override unshift(...members: object[]): number {
    const taken = this.#listener?.admit(members) ?? members;
    super.unshift(...taken);
    this.#tell(taken, []);
    return this.length;
  }
  override pop(): object | undefined {
    const member = super.pop();
    if (member !== undefined) this.#tell([], [member]);
    return member;
  }
  override shift(): object | undefined {
    const member = super.shift();
    if (member !== undefined) this.#tell([], [member]);
    return member;
  }
  override splice(...change: [start: number, count?: number, ...members: object[]]): object[] {
    const [start, count, ...members] = change;
    const taken = members.length === 0 ? members : (this.#listener?.admit(members) ?? members);
    const removed =
      taken.length === 0 ? super.splice(...(change as [number, number])) : super.splice(start, count ?? 0, ...taken);
    this.#tell(taken, removed);
    return removed;
  }
  override fill(member: object, start?: number, end?: number): this {
    const [taken = member] = this.#listener?.admit([member]) ?? [];
    return this.#compare(() => super.fill(taken, start, end));
  }
  override copyWithin(target: number, start: number, end?: number): this {
    return this.#compare(() => super.copyWithin(target, start, end));
  }

  #compare(change: () => unknown): this {
    const before = Array.from(this);
    change();
    const after = new Set<object>(this);
    const known = new Set(before);
    this.#tell(
      [...after].filter((member) => !known.has(member)),
      before.filter((member) => !after.has(member)),
    );
    return this;
  }

  #tell(added: readonly object[], removed: readonly object[]): void {
    if (removed.length > 0) this.#known = null;
    else if (this.#known !== null) for (const member of added) this.#known.add(member);
    const listener = this.#listener;
    if (listener === null) return;
    for (const member of removed) if (!this.includes(member)) listener.removed(member);
    for (const member of added) listener.added(member);
  }
}

/** Takes other members without telling anybody. */
export function replaceSilently(collection: RelationArray, members: readonly object[]): void {
  collection.recount();
  collection.length = 0;
  for (const member of members) collection[collection.length] = member;
}

/** Adds a member without telling anybody: it came from the other side. */
export function addSilently(collection: RelationArray, member: object): void {
  if (!collection.has(member)) collection.addSilently(member);
}

/** Removes a member without telling anybody: it left by the other side. */
export function removeSilently(collection: RelationArray, member: object): void {
  collection.removeSilently(member);
}
