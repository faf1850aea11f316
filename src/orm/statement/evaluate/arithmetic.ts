import { isNumber } from "./compare.ts";
import { UNDECIDED } from "./logic.ts";

export type Arithmetic = "add" | "sub" | "mul" | "div" | "mod";

const LIMIT = 2n ** 63n;

/** Arithmetic of whole numbers that are not null; what a database answers in its own way is undecided. */
export function calculate(operator: Arithmetic, left: unknown, right: unknown): unknown {
  if (!isWhole(left) || !isWhole(right)) return UNDECIDED;
  const [a, b] = [BigInt(left), BigInt(right)];
  switch (operator) {
    case "add":
      return plain(a + b);
    case "sub":
      return plain(a - b);
    case "mul":
      return plain(a * b);
    case "mod":
      return b === 0n ? UNDECIDED : plain(a % b); // an error, or NULL
    case "div":
      return divide(a, b);
  }
}

function isWhole(value: unknown): value is number | bigint {
  return isNumber(value) && (typeof value === "bigint" || Number.isSafeInteger(value));
}

function plain(result: bigint): number | bigint | typeof UNDECIDED {
  if (result >= LIMIT || result < -LIMIT) return UNDECIDED;
  return result <= Number.MAX_SAFE_INTEGER && result >= Number.MIN_SAFE_INTEGER ? Number(result) : result;
}

// `/` divides doubles on every database
function divide(left: bigint, right: bigint): number | typeof UNDECIDED {
  const [a, b] = [Number(left), Number(right)];
  return Number.isSafeInteger(a) && Number.isSafeInteger(b) && b !== 0 ? a / b : UNDECIDED;
}
