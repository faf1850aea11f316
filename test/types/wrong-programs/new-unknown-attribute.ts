// An attribute is misspelt.
import { User } from "./models.ts";

new User({ nmae: "Alice" });
