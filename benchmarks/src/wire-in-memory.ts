import type { Connection } from "pg";
import { Parser } from "pg-protocol/dist/parser.js";
import { Flight } from "../../packages/database/dist/connection/flight.js";
import { MessageSplitter } from "../../packages/database/dist/connection/message-splitter.js";
import { encodeParameters } from "../../packages/database/dist/connection/parameters.js";
import type { RowShape } from "../../packages/database/dist/connection/row-reader.js";
import { describe, StatementCache } from "../../packages/database/dist/connection/statements.js";

const BOOL = 16;
const UUID = 2950;
const VARCHAR = 1043;
const TIMESTAMPTZ = 1184;

/** The columns of `users` with a row of it, as the server sends them. */
const USER: readonly (readonly [name: string, type: number, value: string])[] = [
  ["id", UUID, "6f0d4c1e-9a5b-4c56-8d7e-2f1a3b4c5d6e"],
  ["email", VARCHAR, "user1@example.com"],
  ["hashed_password", VARCHAR, "x".repeat(60)],
  ["full_name", VARCHAR, "User 1"],
  ["is_active", BOOL, "t"],
  ["is_superuser", BOOL, "f"],
  ["created_at", TIMESTAMPTZ, "2025-10-27 00:01:00+00"],
  ["updated_at", TIMESTAMPTZ, "2025-10-27 00:01:00+00"],
];

/** PostgreSQL, "Message Formats": BindComplete, DataRow, CommandComplete, ReadyForQuery. */
const REPLY = Buffer.concat([
  message("2", Buffer.alloc(0)),
  message("D", Buffer.concat([int16(USER.length), ...USER.map(([, , value]) => text(value))])),
  message("C", Buffer.from("SELECT 1\0")),
  message("Z", Buffer.from("I")),
]);

/**
 * What our side of the wire does for one read, without a socket: parameters and flight are encoded, the bytes of the
 * reply parsed into messages and those into values. The statement is prepared already, as it is but for the first time.
 */
export function flightInMemory(sql: string, values: readonly unknown[], shape?: RowShape): () => void {
  const statements = new StatementCache(512);
  describe(
    statements.add(sql),
    USER.map(([name, dataTypeID]) => ({ name, dataTypeID })),
  );
  const connection = { stream: { writable: true, write: () => true } } as unknown as Connection;
  return () => {
    const limit = { bytes: Number.POSITIVE_INFINITY, onExceeded: () => {} };
    const flight = new Flight(
      [{ text: sql, values: encodeParameters(values), shape }],
      statements,
      limit,
      ({ results }) => {
        if (results[0]?.rows.length !== 1) throw new Error("The flight brought no row.");
      },
    );
    flight.submit(connection);
    reply(flight);
  };
}

function reply(flight: Flight): void {
  const parser = new Parser();
  const splitter = new MessageSplitter({
    row: (bytes, start, end) => flight.row(bytes, start, end),
    copyData: () => {},
    others: (bytes) =>
      parser.parse(bytes, (message) => {
        if (message.name === "commandComplete") flight.handleCommandComplete(message as unknown as { text: string });
        if (message.name === "readyForQuery") flight.ready();
      }),
  });
  splitter.push(REPLY);
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function text(value: string): Buffer {
  return Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
