/** True for types that are the same, also in what is optional or readonly. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

interface TypeOf<A> {
  /** Does not compile when the type is another one. */
  is<B>(...difference: Same<A, B> extends true ? [] : [expected: B, found: A]): void;
}

/** The type of an expression: `typeOf(row).is<readonly [number, string]>()`. Nothing here is ever run. */
export declare function typeOf<A>(value: A): TypeOf<A>;
