// A new object of a subclass lacks a column that the subclass adds.
import { Manager } from "./models.ts";

new Manager({ name: "Bob" });
