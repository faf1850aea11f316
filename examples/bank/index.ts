export { listAccounts, openAccount } from "./accounts.ts";
export { database } from "./database.ts";
export { Account, Base, Transfer } from "./models.ts";
export { answerTo, type ErrorAnswer, Refusal } from "./refusal.ts";
export { run } from "./run.ts";
export { transfer } from "./transfers.ts";
