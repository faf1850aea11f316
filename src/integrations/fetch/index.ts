export * from "./fetch-request.ts";
