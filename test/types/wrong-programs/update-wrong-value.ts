// A column is set to a value of another type.
import { update } from "athanor";
import { User } from "./models.ts";

update(User).values({ createdAt: "2026-01-01" });
