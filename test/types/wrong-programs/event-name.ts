// An event that mapped classes do not have.
import { listen } from "athanor";
import { User } from "./models.ts";

listen(User, "beforeSave", ({ object }) => console.log(object.name));
