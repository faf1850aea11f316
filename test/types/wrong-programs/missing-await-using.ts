// A block is given the promise of a connection.
import { asyncEngine } from "./models.ts";

await using connection = asyncEngine.connect();
console.log(connection);
