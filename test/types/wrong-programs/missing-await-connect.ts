// A promise is used as the connection it promises.
import { text } from "athanor";
import { asyncEngine } from "./models.ts";

const result = await asyncEngine.connect().execute(text("SELECT 1"));
console.log(result);
