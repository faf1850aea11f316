import { transfer } from "../../../bank/index.ts";
import { route } from "../../route.ts";

export const POST = route(async (request) => Response.json(await transfer(await request.json()), { status: 201 }));
