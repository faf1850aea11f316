// A promise is used as the result it promises.
import { AsyncSession, select } from "athanor";
import { asyncEngine, User } from "./models.ts";

const session = new AsyncSession(asyncEngine);
const users = await session.scalars(select(User)).all();
console.log(users);
