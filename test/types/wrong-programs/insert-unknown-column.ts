// A column is misspelt.
import { insert } from "athanor";
import { User } from "./models.ts";

insert(User).values({ nmae: "Alice" });
