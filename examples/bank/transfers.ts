// POST /transfers: takes the transaction into its own hands, and the middleware acts on what is left.
import { select } from "athanor";
import { atomicDbSession, commitDbSession, dbSession } from "athanor/context";
import { database } from "./database.ts";
import { amountOf, integerOf } from "./form.ts";
import { Account, Transfer } from "./models.ts";
import { Refusal } from "./refusal.ts";

/** `{ payerId, payeeId, amount }` */
export async function transfer(form: unknown): Promise<Transfer> {
  const payerId = integerOf(form, "payerId");
  const payeeId = integerOf(form, "payeeId");
  const amount = amountOf(form, "amount");
  const asked = new Transfer({ payerId, payeeId, amount, state: "asked" });
  const session = await dbSession(database);
  session.add(asked);
  await commitDbSession(database); // stays, whatever comes of it

  await atomicDbSession(database, async () => {
    await move(payerId, payeeId, amount);
    asked.state = "done";
  });
  return asked;
}

async function move(payerId: number, payeeId: number, amount: number): Promise<void> {
  const session = await dbSession(database);
  // locked in one order, so that two transfers never wait for each other
  const both = select(Account)
    .where(Account.c.id.in([payerId, payeeId]))
    .orderBy(Account.c.id)
    .withForUpdate();
  const accounts = new Map((await session.scalars(both)).all().map((account) => [account.id, account]));
  // that both are there is what the foreign keys of the transfer say
  const [payer, payee] = [accounts.get(payerId), accounts.get(payeeId)] as [Account, Account];
  payer.balance -= amount;
  if (payer.balance < 0) throw new Refusal(`${payer.owner} does not have that much.`); // undone with the block
  payee.balance += amount;
}
