// A condition is written as JavaScript.
import { select } from "athanor";
import { User } from "./models.ts";

select(User).where(User.c.id === 5);
