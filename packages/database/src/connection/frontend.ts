import type { Parameter } from "./parameters.ts";

/** What a flight tells the server about one statement. */
export interface Part {
  /** Its name at the server; empty for the unnamed statement, which every Parse replaces. */
  readonly name: string;
  /** The text, when the server does not know the statement yet. */
  readonly parse: string | undefined;
  readonly values: readonly Parameter[];
  /** Ask for the columns. */
  readonly describe: boolean;
}

const PARSE = 0x50;
const BIND = 0x42;
const DESCRIBE = 0x44;
const EXECUTE = 0x45;
const CLOSE = 0x43;
const FLUSH = 0x48;
const SYNC = 0x53;
const STATEMENT = 0x53;
const PORTAL = 0x50;

/** The most bytes that UTF-8 needs for one UTF-16 code unit. */
const WIDEST = 3;
/** A buffer that grew beyond this is not kept. */
const KEPT = 64 * 1024;

let buffer = Buffer.allocUnsafe(KEPT);
let end = 0;

/** CopyDone: all data of a COPY FROM STDIN were sent. */
export const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/**
 * One flight: statements to forget, then Parse (where needed), Bind, Describe (where needed) and Execute of every part,
 * then one Sync (PostgreSQL, "Message Formats"). Written in one pass into a buffer that is used again, and copied out
 * once, because the socket may keep what it is given.
 *
 * @param isWhole false: there is more to come, and only a Flush yet.
 */
export function encodeFlight(closed: readonly string[], parts: readonly Part[], isWhole: boolean): Buffer {
  end = 0;
  for (const name of closed) {
    const start = begin(CLOSE);
    byte(STATEMENT);
    cString(name);
    finish(start);
  }
  for (const part of parts) {
    if (part.parse !== undefined) parse(part.name, part.parse);
    bind(part.name, part.values);
    if (part.describe) {
      const start = begin(DESCRIBE);
      byte(PORTAL);
      byte(0);
      finish(start);
    }
    const start = begin(EXECUTE);
    byte(0);
    int32(0); // all rows
    finish(start);
  }
  finish(begin(isWhole ? SYNC : FLUSH));
  return take();
}

function parse(name: string, text: string): void {
  const start = begin(PARSE);
  cString(name);
  cString(text);
  int16(0); // the server infers the parameters' types
  finish(start);
}

function bind(name: string, values: readonly Parameter[]): void {
  const start = begin(BIND);
  byte(0);
  cString(name);
  reserve(values.length * 2 + 4);
  if (values.some(Buffer.isBuffer)) {
    int16(values.length);
    for (const value of values) int16(Buffer.isBuffer(value) ? 1 : 0);
  } else {
    int16(0); // all of them are text
  }
  int16(values.length);
  for (const value of values) parameter(value);
  int16(0); // all columns come as text
  finish(start);
}

function parameter(value: Parameter): void {
  if (value === null) {
    int32(-1);
  } else if (typeof value === "string") {
    reserve(4 + value.length * WIDEST);
    const length = buffer.write(value, end + 4);
    int32(length);
    end += length;
  } else {
    int32(value.length);
    reserve(value.length);
    end += value.copy(buffer, end);
  }
}

/** A message's type and room for its length, which `finish` fills in. */
function begin(type: number): number {
  reserve(16);
  buffer[end++] = type;
  end += 4;
  return end - 4;
}

function finish(start: number): void {
  buffer.writeInt32BE(end - start, start);
}

function cString(text: string): void {
  reserve(text.length * WIDEST + 1);
  end += buffer.write(text, end);
  buffer[end++] = 0;
}

function byte(value: number): void {
  buffer[end++] = value;
}

function int16(value: number): void {
  reserve(2);
  end = buffer.writeUInt16BE(value, end);
}

function int32(value: number): void {
  reserve(4);
  end = buffer.writeInt32BE(value, end);
}

function reserve(bytes: number): void {
  if (end + bytes <= buffer.length) return;
  const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + bytes));
  buffer.copy(larger, 0, 0, end);
  buffer = larger;
}

function take(): Buffer {
  if (buffer.length === KEPT) return Buffer.from(buffer.subarray(0, end));
  const whole = buffer.subarray(0, end);
  buffer = Buffer.allocUnsafe(KEPT);
  return whole;
}
