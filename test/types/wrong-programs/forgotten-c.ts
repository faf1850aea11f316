// The c is forgotten.
import { select } from "athanor";
import { User } from "./models.ts";

select(User.id);
