// A value may be undefined.
import { User } from "./models.ts";

const { id } = {} as { id?: number };
User.c.id.eq(id);
