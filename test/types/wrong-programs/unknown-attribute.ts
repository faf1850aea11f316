// An attribute is misspelt.
import { select } from "athanor";
import { User } from "./models.ts";

select(User.c.nam);
