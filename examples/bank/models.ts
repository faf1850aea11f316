// The tables: accounts, and every transfer that was asked for. Amounts are in cents.
import { declarativeBase, enumeration, integer, string } from "athanor";

export const Base = declarativeBase();

export class Account extends Base.mapped("accounts", {
  id: integer().primaryKey(),
  owner: string(50).unique(),
  balance: integer(),
}) {}

export class Transfer extends Base.mapped("transfers", {
  id: integer().primaryKey(),
  get payerId() {
    return integer().references(Account.c.id);
  },
  get payeeId() {
    return integer().references(Account.c.id);
  },
  amount: integer(),
  state: enumeration("asked", "done"),
}) {}
