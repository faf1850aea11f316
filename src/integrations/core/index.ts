export * from "./db-session-options.ts";
export * from "./request-scope.ts";
