export * from "./is-stream.ts";
export * from "./node-request.ts";
export type { NodeResponse } from "./response-gate.ts";
