// Runs before each test file. Hooks in a module that files share would run for the first of them only: modules are kept.
import { afterEach } from "vitest";
import { disposeOpened } from "./contract/open-engine.ts";

afterEach(disposeOpened);
