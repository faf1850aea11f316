// A column that may not hold null is set to null.
import type { User } from "./models.ts";

export const clear = (user: User): void => {
  user.name = null;
};
