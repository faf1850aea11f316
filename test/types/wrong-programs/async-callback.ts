// A sync session is given an async callback.
import { Session } from "athanor";
import { engine } from "./models.ts";

new Session(engine).begin(async () => {});
