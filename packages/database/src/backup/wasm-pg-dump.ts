import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { MessageChannel, type TransferListItem, Worker } from "node:worker_threads";
import { type ConnectOptions, connect } from "../connection/connect.ts";
import type { Connection } from "../connection/connection.ts";
import { PgDumpFailed } from "./errors.ts";

const MODULE = "@electric-sql/pglite-tools/pg_dump";
/** Beside `bin/hypertroq.js`, which is as far from the sources as from what is made of them. */
const WORKER = new URL("../../bin/pg-dump-worker.js", import.meta.url);

/** Where pg_dump as WebAssembly is; undefined when the optional package is not installed. */
export function findWasmPgDump(): string | undefined {
  try {
    // The package's files differ in their ending alone; asked for by `require`, it answers with the other one.
    const file = createRequire(import.meta.url)
      .resolve(MODULE)
      .replace(/\.cjs$/, ".js");
    return pathToFileURL(file).href;
  } catch {
    return undefined;
  }
}

/** What the worker says. */
type Said =
  | { readonly message: Uint8Array; readonly isAnswered: boolean }
  | { readonly text: string }
  | { readonly failure: string };

/**
 * Runs pg_dump as WebAssembly, which can open no socket, against any server: it runs in a thread, which hands its messages
 * to a connection of ours and stands still until the answer is there.
 *
 * @param module from `findWasmPgDump`.
 * @returns what it printed.
 * @throws {PgDumpFailed}
 */
export async function wasmPgDump(
  module: string,
  options: ConnectOptions,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const connection = await connect(options, signal);
  const { port1: port, port2 } = new MessageChannel();
  let worker: Worker | undefined;
  try {
    const startup = await greeting(connection);
    const stream = connection.handOver();
    const bell = new Int32Array(new SharedArrayBuffer(4));
    worker = new Worker(WORKER, {
      workerData: { module, args, startup, port: port2, bell },
      transferList: [port2 as unknown as TransferListItem],
      stdout: true,
      stderr: true,
    });
    const answers = new Answers();
    stream.on("data", (bytes: Buffer) => {
      const isReady = answers.push(bytes);
      port.postMessage({ bytes: Uint8Array.from(bytes), isReady });
      Atomics.store(bell, 0, 1);
      Atomics.notify(bell, 0);
    });
    return await new Promise<string>((resolve, reject) => {
      const lost = (): void => reject(new PgDumpFailed("the connection to the database was lost."));
      stream.on("error", lost).on("close", lost);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      worker!.on("error", (error) => reject(new PgDumpFailed(error.message)));
      worker!.on("exit", () => reject(new PgDumpFailed("its thread ended before it had.")));
      port.on("message", (said: Said) => {
        if ("text" in said) resolve(said.text);
        else if ("failure" in said) reject(new PgDumpFailed(said.failure));
        else stream.write(said.message);
      });
    });
  } finally {
    connection.destroy();
    port.close();
    await worker?.terminate();
  }
}

/** Finds out when the server is ready for the next message: when the last whole one that it sent says so. */
class Answers {
  #rest: Buffer = Buffer.alloc(0);

  /** Whether the bytes end with ReadyForQuery (PostgreSQL, "Message Formats"). */
  push(bytes: Buffer): boolean {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let type: number | undefined;
    while (this.#rest.length >= 5 && this.#rest.length > this.#rest.readInt32BE(1)) {
      type = this.#rest[0];
      this.#rest = this.#rest.subarray(1 + this.#rest.readInt32BE(1));
    }
    return type === 0x5a && this.#rest.length === 0;
  }
}

const PARAMETERS = [
  "server_version",
  "server_encoding",
  "client_encoding",
  "is_superuser",
  "session_authorization",
  "integer_datetimes",
  "standard_conforming_strings",
  "DateStyle",
  "IntervalStyle",
  "TimeZone",
] as const;

/** What a server says after a client has authenticated (PostgreSQL, "Start-up"). */
async function greeting(connection: Connection): Promise<Buffer> {
  const { rows } = await connection.query(
    `select ${PARAMETERS.map((name) => `current_setting('${name}')`).join(", ")}`,
  );
  const values = rows[0] as readonly string[];
  return Buffer.concat([
    message("R", int32(0)),
    ...PARAMETERS.map((name, i) => message("S", Buffer.from(`${name}\0${values[i]}\0`))),
    message("K", Buffer.concat([int32(connection.processId), int32(0)])), // nobody cancels by it
    message("Z", Buffer.from("I")),
  ]);
}

function message(type: string, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(content.length + 4), content]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
