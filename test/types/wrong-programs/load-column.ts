// A loader option names a column.
import { selectinload } from "athanor";
import { User } from "./models.ts";

selectinload(User.c.name);
