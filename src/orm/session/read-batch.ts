import type { Flow } from "../../flow/index.ts";

/** What came of one read of a batch. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** One way to read: of a single thing, and of several by as few statements as they need. */
export interface Reads<About extends object, Item> {
  oneFlow(about: About, item: Item): Flow<unknown>;
  /** The outcomes in the order of the items; what it throws is the outcome of all. */
  manyFlow(about: About, items: readonly Item[]): Flow<readonly Outcome[]>;
}

/** What a program asked to be read, and how. */
export interface Read<About extends object = object, Item = unknown> {
  readonly reads: Reads<About, Item>;
  /** The class or relationship: reads of the same kind about the same thing go together. */
  readonly about: About;
  readonly item: Item;
}

interface Joined {
  readonly read: Read;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Group {
  readonly reads: Reads<object, unknown>;
  readonly about: object;
  readonly items: unknown[];
  outcomes: readonly Outcome[];
}

/**
 * Reads that were started with nothing else between them, done as one operation: one statement for each class or relationship.
 *
 * The first caller drives it, so that a read that stays alone runs, fails and shows its stack as if there were no batch.
 */
export class ReadBatch {
  /** Reads may still join: its turn has not come. */
  isOpen = true;
  /** What stands last in the queue while nothing was started after it. */
  place: unknown = null;
  readonly #first: Read;
  #joined: Joined[] | null = null;

  constructor(first: Read) {
    this.#first = first;
  }

  /** Takes another read in, and answers what it finds. */
  join(read: Read): Promise<unknown> {
    return new Promise((resolve, reject) => {
      (this.#joined ??= []).push({ read, resolve, reject });
    });
  }

  /** What there is to do now that its turn has come: a flow that answers the first read, and settles the others. */
  start(): Flow<unknown> {
    this.isOpen = false;
    const { reads, about, item } = this.#first;
    return this.#joined === null ? reads.oneFlow(about, item) : this.#allFlow(this.#joined);
  }

  *#allFlow(joined: readonly Joined[]): Flow<unknown> {
    this.#joined = null;
    const [own, ...others] = yield* outcomesFlow([this.#first, ...joined.map(({ read }) => read)]);
    // all in one turn: what the callers read next can go together again
    others.forEach((outcome, index) => settle(joined[index] as Joined, outcome));
    if (own !== undefined && "value" in own) return own.value;
    throw own?.error;
  }
}

function settle({ resolve, reject }: Joined, outcome: Outcome): void {
  if ("value" in outcome) resolve(outcome.value);
  else reject(outcome.error);
}

function* outcomesFlow(all: readonly Read[]): Flow<readonly Outcome[]> {
  const groups: Group[] = [];
  const places = all.map((read) => {
    const group = groupOf(groups, read);
    return { group, index: group.items.push(read.item) - 1 };
  });
  for (const group of groups) group.outcomes = yield* groupFlow(group);
  return places.map(({ group, index }) => group.outcomes[index] as Outcome);
}

function groupOf(groups: Group[], { reads, about }: Read): Group {
  for (const group of groups) if (group.about === about && group.reads === reads) return group;
  const group = { reads, about, items: [], outcomes: [] };
  groups.push(group);
  return group;
}

function* groupFlow({ reads, about, items }: Group): Flow<readonly Outcome[]> {
  try {
    return yield* reads.manyFlow(about, items);
  } catch (error) {
    return items.map(() => ({ error }));
  }
}
