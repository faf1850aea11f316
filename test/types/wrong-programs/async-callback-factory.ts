// A sync factory is given an async callback.
import { sessionmaker } from "athanor";
import { engine } from "./models.ts";

sessionmaker(engine).begin(async () => {});
