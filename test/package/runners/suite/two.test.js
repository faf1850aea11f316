import { rolledBackTests } from "./rolled-back.js";

rolledBackTests("two");
