import type { Writable } from "node:stream";
import type { User } from "./all.ts";

export { createReadStream } from "node:fs";
export { pipeline } from "node:stream/promises";

export declare const rows: { email: string; hashedPassword: string }[];
export declare const file: Writable;
export declare function send(user: User): Promise<void>;
