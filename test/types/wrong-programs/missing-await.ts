// A promise is used as the object it promises.
import { AsyncSession } from "athanor";
import { asyncEngine, User } from "./models.ts";

const session = new AsyncSession(asyncEngine);
const user = session.get(User, 1);
console.log(user.name);
