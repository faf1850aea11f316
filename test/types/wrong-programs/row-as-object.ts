// A row is taken for the object in it.
import { select, Session } from "athanor";
import { engine, User } from "./models.ts";

for (const user of new Session(engine).execute(select(User))) console.log(user.name);
