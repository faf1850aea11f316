// A key is text that should be a number.
import { Session } from "athanor";
import { engine, User } from "./models.ts";

new Session(engine).get(User, "1");
