import { PassThrough, Readable, type Writable } from "node:stream";
import type { User } from "./all.ts";

export { pipeline } from "node:stream/promises";

export const rows = [{ email: "mira@example.com", hashedPassword: "-" }];
export const file: Writable = new PassThrough().resume();

/** Of the file that the guide names. */
export function createReadStream(_name: string): Readable {
  return Readable.from(["id,email,hashed_password\n", "0190b0a0-0000-7000-8000-000000000002,tom@example.com,-\n"]);
}

const sent: User[] = [];
export async function send(user: User): Promise<void> {
  sent.push(user);
}
