export { afterAll, beforeEach, test } from "vitest";
