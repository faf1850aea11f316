// A string is executed.
import { Session } from "athanor";
import { engine } from "./models.ts";

new Session(engine).execute("SELECT 1");
