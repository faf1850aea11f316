import { listAccounts, openAccount } from "../../../bank/index.ts";
import { route } from "../../route.ts";

export const GET = route(async () => Response.json(await listAccounts()));
export const POST = route(async (request) => Response.json(await openAccount(await request.json()), { status: 201 }));
