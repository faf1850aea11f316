// A text column is compared with a number.
import { User } from "./models.ts";

User.c.name.eq(5);
