// A validator answers a value of the attribute's type.
import { validates } from "athanor";
import { User } from "./models.ts";

validates(User, "name", (name) => name.length);
