export * from "./athanor-error.ts";
export * from "./invalid-request-error.ts";
export * from "./orm-error.ts";
export * from "./statement-error.ts";
