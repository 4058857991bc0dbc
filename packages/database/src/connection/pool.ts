export type { Lease } from "./pool/lease.ts";
export { Pool } from "./pool/pool.ts";
