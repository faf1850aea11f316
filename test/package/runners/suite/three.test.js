import { commitTests } from "./commits.js";

commitTests("three");
