export * from "./codec.ts";
export * from "./sql-type.ts";
export * from "./type-table.ts";
