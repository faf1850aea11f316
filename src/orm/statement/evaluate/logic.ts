/**
 * What a SQL expression is worth in JavaScript: a value in the form in which rows are kept, `null`, or this: the database
 * may see it either way (text that differs only in case, a value that is not loaded).
 */
export const UNDECIDED: unique symbol = Symbol("athanor.undecided");

/** `true`, `false`, `null` (SQL's unknown) or `UNDECIDED`. */
export type Truth = boolean | null | typeof UNDECIDED;

/** SQL's NOT. */
export function opposite(truth: Truth): Truth {
  return typeof truth === "boolean" ? !truth : truth;
}

/** SQL's AND: false where anything is, whatever the rest may be. */
export function allTrue(truths: Iterable<Truth>): Truth {
  return combine(truths, false);
}

/** SQL's OR. */
export function anyTrue(truths: Iterable<Truth>): Truth {
  return combine(truths, true);
}

function combine(truths: Iterable<Truth>, decisive: boolean): Truth {
  let answer: Truth = !decisive;
  for (const truth of truths) {
    if (truth === decisive) return decisive;
    if (truth === UNDECIDED) answer = UNDECIDED;
    else if (truth === null && answer !== UNDECIDED) answer = null;
  }
  return answer;
}
