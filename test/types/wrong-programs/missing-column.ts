// A column without a default is left out.
import { User } from "./models.ts";

new User({ email: "alice@example.com" });
