// An option for columns names a relationship.
import { defer } from "athanor";
import { User } from "./models.ts";

defer(User.c.posts);
