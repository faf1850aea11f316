// The c is forgotten, and a class has a name of its own.
import { select } from "athanor";
import { User } from "./models.ts";

select(User).where(User.name.eq("Alice"));
