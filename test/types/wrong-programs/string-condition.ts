// A condition is written as text.
import { select } from "athanor";
import { User } from "./models.ts";

select(User).where("name = 'Alice'");
