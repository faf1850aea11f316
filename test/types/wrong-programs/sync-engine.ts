// An async session is given a sync engine.
import { AsyncSession } from "athanor";
import { engine } from "./models.ts";

new AsyncSession(engine);
