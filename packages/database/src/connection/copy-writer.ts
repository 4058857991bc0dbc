import { LONGEST_MOMENT, writeMoment } from "./copy-moment.ts";
import { assertText, encodeValue } from "./parameters.ts";
import { encodeTimestamptz } from "./timestamptz.ts";

const TAB = 0x09;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const COPY_DATA = 0x64;
/** Of a message: its type and its length. */
const HEADER = 5;

/** Bytes at which a message is sent. */
const ENOUGH = 64 * 1024;
/** With room for the end of the row that fills it; a buffer that a large row made grow beyond this is not kept. */
const KEPT = ENOUGH + 8 * 1024;

/** Texts of more characters are written by the engine as a whole, which from there on is faster than one by one. */
const SHORT = 48;
/** The most bytes that UTF-8 needs for one UTF-16 code unit; a short text's escapes need less. */
const WIDEST = 3;

/** What a text may hold that cannot be written as it is; half of a surrogate pair looks like both. */
const SPECIAL = /[\0\\\n\r\t\ud800-\udfff]/;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Writes CopyData messages (PostgreSQL, "COPY Operations"), one after another into one buffer: rows in COPY's text format,
 * or bytes as they are. A message is some 64 KB, however many rows that makes.
 */
export class CopyWriter {
  #buffer = Buffer.allocUnsafe(KEPT);
  #end = HEADER;
  #isInRow = false;

  /** Whether it is time to send what there is. */
  get isFull(): boolean {
    return this.#end >= ENOUGH;
  }

  get isEmpty(): boolean {
    return this.#end === HEADER;
  }

  /** What was written, as a message, which stays as it is until something is written again. */
  take(): Buffer {
    const message = this.#buffer.subarray(0, this.#end);
    message[0] = COPY_DATA;
    message.writeInt32BE(this.#end - 1, 1);
    if (this.#buffer.length > KEPT) this.#buffer = Buffer.allocUnsafe(KEPT);
    this.#end = HEADER;
    return message;
  }

  /**
   * Adds a value to the row: to the server the same that it would be as a parameter.
   *
   * @throws {TypeError} saying why it cannot be sent, without the value.
   */
  value(value: unknown): void {
    if (this.#isInRow) this.#buffer[this.#end++] = TAB;
    this.#isInRow = true;
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "boolean" || (typeof value === "number" && value !== 0)) this.#text(String(value));
    else if (value instanceof Date) this.#date(value);
    else if (value === null) this.#null();
    else this.#other(value);
  }

  endRow(): void {
    this.#buffer[this.#end++] = NEWLINE;
    this.#isInRow = false;
  }

  /** Adds bytes as they are, beginning with the one at `start`, as far as there is room. @returns where it stopped. */
  bytes(bytes: Uint8Array, start: number): number {
    const stop = Math.min(bytes.length, start + ENOUGH - this.#end);
    this.#buffer.set(bytes.subarray(start, stop), this.#end);
    this.#end += stop - start;
    return stop;
  }

  #other(value: unknown): void {
    const parameter = encodeValue(value);
    if (parameter === null) this.#null();
    else if (typeof parameter === "string") this.#text(parameter);
    else this.#bytea(parameter);
  }

  #date(date: Date): void {
    this.#reserve(LONGEST_MOMENT);
    const end = writeMoment(this.#buffer, this.#end, date.getTime());
    if (end === undefined) this.#text(encodeTimestamptz(date));
    else this.#end = end;
  }

  #null(): void {
    this.#reserve(2);
    this.#buffer[this.#end++] = BACKSLASH;
    this.#buffer[this.#end++] = 0x4e;
  }

  /** `\x` and two digits for each byte (PostgreSQL, "Binary Data Types"), its backslash escaped. */
  #bytea(bytes: Buffer): void {
    this.#reserve(3 + bytes.length * 2);
    this.#end += this.#buffer.write(`\\\\x${bytes.toString("hex")}`, this.#end, "latin1");
  }

  #text(text: string): void {
    const { length } = text;
    if (length > SHORT) {
      this.#long(text);
      return;
    }
    this.#reserve(length * WIDEST);
    const buffer = this.#buffer;
    let end = this.#end;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > BACKSLASH ? code < 0x80 : code >= 0x20 && code < BACKSLASH) {
        buffer[end++] = code;
      } else {
        this.#end = end;
        this.#long(i === 0 ? text : text.slice(i));
        return;
      }
    }
    this.#end = end;
  }

  #long(text: string): void {
    const line = SPECIAL.test(text) ? escaped(text) : text;
    this.#reserve(line.length > ENOUGH ? Buffer.byteLength(line) : line.length * WIDEST);
    this.#end += this.#buffer.write(line, this.#end);
  }

  /** Makes room for so many bytes, and for what comes between values. */
  #reserve(bytes: number): void {
    const { length } = this.#buffer;
    const needed = this.#end + bytes + 2;
    if (needed <= length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, length * 2));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** The text with its special characters escaped (PostgreSQL, COPY, "Text Format"). @throws {TypeError} */
function escaped(text: string): string {
  assertText(text);
  return text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character]!);
}
