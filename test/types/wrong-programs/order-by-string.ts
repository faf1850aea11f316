// A direction stands in the name of a column.
import { select } from "athanor";
import { User } from "./models.ts";

select(User.c.id, User.c.name).orderBy("name desc");
