/** How an operator is written. */
export interface Operator {
  readonly token: string;
  /** The higher, the tighter it binds. */
  readonly precedence: number;
  /** `a op b op c` needs no parentheses. */
  readonly associative?: boolean;
  /** The operator that says the opposite. */
  readonly negation?: string;
}

/** Binary operators by name. */
export const operators: Readonly<Record<string, Operator>> = {
  eq: { token: "=", precedence: 5, negation: "ne" },
  ne: { token: "<>", precedence: 5, negation: "eq" },
  lt: { token: "<", precedence: 5, negation: "ge" },
  le: { token: "<=", precedence: 5, negation: "gt" },
  gt: { token: ">", precedence: 5, negation: "le" },
  ge: { token: ">=", precedence: 5, negation: "lt" },
  is: { token: "IS", precedence: 5, negation: "isNot" },
  isNot: { token: "IS NOT", precedence: 5, negation: "is" },
  isDistinctFrom: { token: "IS DISTINCT FROM", precedence: 5, negation: "isNotDistinctFrom" },
  isNotDistinctFrom: { token: "IS NOT DISTINCT FROM", precedence: 5, negation: "isDistinctFrom" },
  in: { token: "IN", precedence: 5, negation: "notIn" },
  notIn: { token: "NOT IN", precedence: 5, negation: "in" },
  like: { token: "LIKE", precedence: 5, negation: "notLike" },
  notLike: { token: "NOT LIKE", precedence: 5, negation: "like" },
  ilike: { token: "ILIKE", precedence: 5, negation: "notIlike" },
  notIlike: { token: "NOT ILIKE", precedence: 5, negation: "ilike" },
  concat: { token: "||", precedence: 6, associative: true },
  add: { token: "+", precedence: 7, associative: true },
  sub: { token: "-", precedence: 7 },
  mul: { token: "*", precedence: 8, associative: true },
  div: { token: "/", precedence: 8 },
  mod: { token: "%", precedence: 8 },
  collate: { token: "COLLATE", precedence: 10 },
};

export const AND_PRECEDENCE = 3;
export const OR_PRECEDENCE = 2;
export const NOT_PRECEDENCE = 4;
export const BETWEEN_PRECEDENCE = 5;
export const NEGATE_PRECEDENCE = 9;
export const ATOM = 100;
