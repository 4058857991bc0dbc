export { TransactionPooler } from "../errors.ts";
export * from "./errors/autogenerate.ts";
export * from "./errors/diff.ts";
export * from "./errors/files.ts";
export * from "./errors/graph.ts";
export * from "./errors/history.ts";
export * from "./errors/operations.ts";
export * from "./errors/run.ts";
