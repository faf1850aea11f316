/** Part of a structure: a kind with its fields' mask, a name, a flag, an id. */
export type Piece = string | number | boolean | null;

/** A beginning that structures share. */
export class StructureTrie {
  #piece: Piece | undefined;
  #next: StructureTrie | undefined;
  #others: Map<Piece, StructureTrie> | undefined;
  #key: string | undefined;

  /** The beginning that is one piece longer. */
  step(piece: Piece): StructureTrie {
    // most beginnings go on in one way only
    if (piece === this.#piece) return this.#next as StructureTrie;
    return this.#others?.get(piece) ?? this.#grow(piece);
  }

  /** A name for the structure that ends here; no other structure ever has it. */
  get key(): string {
    return (this.#key ??= `s${(keyCount += 1)}`);
  }

  #grow(piece: Piece): StructureTrie {
    const next = new StructureTrie();
    stepCount += 1;
    if (this.#next === undefined) {
      this.#piece = piece;
      this.#next = next;
    } else (this.#others ??= new Map()).set(piece, next);
    return next;
  }
}

const MOST_STEPS = 100_000; // some 10 MB; a statement takes about 30 that no other has

let root = new StructureTrie();
let stepCount = 0;
let keyCount = 0;

/** Where structures begin. When too many were met, all are forgotten: their next statements get new keys. */
export function structureRoot(): StructureTrie {
  if (stepCount > MOST_STEPS) {
    root = new StructureTrie();
    stepCount = 0;
  }
  return root;
}
