export { type DevelopmentServer, type DevelopmentServerOptions, developmentServer } from "./development-server.ts";
export { EmbeddedPostgres, type FoundServer } from "./embedded-postgres.ts";
export * from "./errors.ts";
export type { StartOptions, TlsFiles } from "./options.ts";
export type { Exit, StopMode } from "./postmaster.ts";
export { makeReplica, type ReplicaOptions } from "./replica.ts";
