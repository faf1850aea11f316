export { after as afterAll, beforeEach, test } from "node:test";
