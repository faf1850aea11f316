// A sync session is given an async engine.
import { Session } from "athanor";
import { asyncEngine } from "./models.ts";

new Session(asyncEngine);
