// Assignments to columns are plain writes, which nobody hears of.
import { listen } from "athanor";
import { User } from "./models.ts";

listen(User.c.name, "set", () => undefined);
