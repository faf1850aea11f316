// A relationship is read of an object of a naked session.
import { select } from "athanor";
import { SessionFactory } from "athanor/naked";
import { engine, User } from "./models.ts";

const user = new SessionFactory(engine).begin((session) => session.scalar(select(User)));
console.log(user?.posts);
