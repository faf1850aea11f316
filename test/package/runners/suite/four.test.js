import { commitTests } from "./commits.js";

commitTests("four");
