export { afterAll, beforeEach, test } from "@jest/globals";
