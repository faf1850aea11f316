// GET /accounts and POST /accounts. Nothing here commits: the middleware does, when the response tells of success.
import { select } from "athanor";
import { dbSession } from "athanor/context";
import { database } from "./database.ts";
import { integerOf, textOf } from "./form.ts";
import { Account } from "./models.ts";
import { Refusal } from "./refusal.ts";

export async function listAccounts(): Promise<readonly Account[]> {
  const session = await dbSession(database);
  return (await session.scalars(select(Account).orderBy(Account.c.id))).all();
}

/** `{ owner, deposit }` */
export async function openAccount(form: unknown): Promise<Account> {
  const account = new Account({ owner: textOf(form, "owner"), balance: 0 });
  const session = await dbSession(database);
  session.add(account);
  await session.flush(); // the database has the row now, or refuses an owner it knows
  payIn(account, integerOf(form, "deposit"));
  return account;
}

/** Refuses when the account is there already: the response rolls it back. */
function payIn(account: Account, amount: number): void {
  if (amount <= 0) throw new Refusal("An account begins with money in it.");
  account.balance += amount;
}
